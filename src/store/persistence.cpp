#include "store/persistence.hpp"

#include <utility>
#include <vector>

#include "redis/error_class.hpp"
#include "redis/info.hpp"

namespace leat::store {
namespace {

using redis::Command;

void read_config(redis::ReplyView config, PersistenceFacts& facts) {
    std::string_view name;
    bool is_name = true;
    for (auto const part : config) {
        if (is_name) {
            name = part.text();
        } else if (name == "appendfsync") {
            facts.appendfsync = part.text();
        } else if (name == "save") {
            facts.snapshots = !part.text().empty();
        } else if (name == "no-appendfsync-on-rewrite") {
            facts.fsync_paused_by_rewrite = part.text() == "yes";
        } else if (name == "min-replicas-to-write") {
            facts.min_replicas = redis::info_number(part.text());
        }
        is_name = !is_name;
    }
}

}  // namespace

boost::asio::awaitable<Result<PersistenceFacts>> persistence_facts(redis::Connection& connection) {
    std::vector<Command> commands;
    commands.push_back(Command("INFO"));
    for (auto const* name : {"appendfsync", "save", "no-appendfsync-on-rewrite", "min-replicas-to-write"})
        commands.push_back(Command("CONFIG").arg("GET").arg(name));
    auto const replies = co_await connection.exec_all(std::move(commands));
    if (!replies) co_return std::unexpected(replies.error());
    auto const info = replies->front().root();
    if (info.is_error()) co_return std::unexpected(redis::error_of_reply("INFO", info.text()));
    PersistenceFacts facts;
    facts.role = redis::info_field(info.text(), "role");
    facts.aof_enabled = redis::info_field(info.text(), "aof_enabled") == "1";
    facts.replicas = redis::info_number(redis::info_field(info.text(), "connected_slaves"));
    for (std::size_t i = 1; i < replies->size(); ++i) {
        auto const config = (*replies)[i].root();
        if (config.is_aggregate()) read_config(config, facts);
    }
    co_return facts;
}

}  // namespace leat::store
