#include "store/durability_way.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "redis/error_class.hpp"

namespace leat::store {
namespace {

using redis::Command;
using redis::ReplyView;

constexpr std::string_view kDurableDispatch = "dispatch";

// The settings that decide what reaches the disk. Texts are empty where they could not be read.
struct AppendSettings {
    std::string_view appendonly;
    std::string_view appendfsync;
    std::string_view no_fsync_on_rewrite;

    // Whether everything that was answered has been synced.
    [[nodiscard]] bool always() const noexcept {
        return appendonly == "yes" && appendfsync == "always" && no_fsync_on_rewrite == "no";
    }
};

AppendSettings settings_of(ReplyView config) {
    AppendSettings settings;
    if (!config.is_aggregate()) return settings;
    std::string_view name;
    bool is_name = true;
    for (auto const part : config) {
        if (is_name) {
            name = part.text();
        } else if (name == "appendonly") {
            settings.appendonly = part.text();
        } else if (name == "appendfsync") {
            settings.appendfsync = part.text();
        } else if (name == "no-appendfsync-on-rewrite") {
            settings.no_fsync_on_rewrite = part.text();
        }
        is_name = !is_name;
    }
    return settings;
}

Command settings_question() {
    Command config("CONFIG");
    config.args("GET", "*append*");
    return config;
}

std::string within(std::chrono::milliseconds timeout) {
    return " within " + std::to_string(timeout.count()) + " ms";
}

std::unexpected<std::string> refused(std::string_view command, ReplyView reply) {
    return std::unexpected(std::string(command) +
                           " was refused: " + redis::error_of_reply(kDurableDispatch, reply.text()).detail);
}

std::unexpected<Error> unsupported(std::string_view why) {
    return fail(ErrorCode::unsupported, kDurableDispatch, "the level fsync cannot be reached: " + std::string(why));
}

}  // namespace

std::expected<Durability, std::string> DurabilityWay::judge(ReplyView reply, Durability wanted,
                                                            std::chrono::milliseconds timeout) const {
    switch (kind) {
        case Kind::none:
            break;
        case Kind::wait: {
            if (reply.is_error()) return refused("WAIT", reply);
            // The count is answered also when the time is over.
            auto const replicas = std::clamp<std::int64_t>(reply.integer().value_or(0), 0, Durability::kReplicasMax);
            if (replicas >= wanted.replicas) return Durability::replicated(static_cast<int>(replicas));
            return std::unexpected("only " + std::to_string(replicas) + " of " + std::to_string(wanted.replicas) +
                                   " replicas confirmed it" + within(timeout));
        }
        case Kind::waitaof: {
            if (reply.is_error()) return refused("WAITAOF", reply);
            bool const synced = reply.is_aggregate() && reply[0].integer().value_or(0) >= 1;
            if (synced) return Durability::fsync();
            return std::unexpected("the server did not sync its append-only file" + within(timeout));
        }
        case Kind::always:
            if (settings_of(reply).always()) return Durability::fsync();
            return std::unexpected(std::string("the server no longer runs with appendfsync always"));
    }
    return Durability::memory();
}

Result<DurabilityWay> fsync_way(ReplyView config, ReplyView waitaof, std::string_view version,
                                std::chrono::milliseconds timeout) {
    auto const settings = settings_of(config);
    if (settings.appendonly == "no") return unsupported("the server keeps no append-only file; set appendonly yes");
    DurabilityWay way;
    if (settings.always()) {
        way.kind = DurabilityWay::Kind::always;
        way.follower = settings_question();
        return way;
    }
    if (waitaof.is_aggregate()) {
        way.kind = DurabilityWay::Kind::waitaof;
        Command wait("WAITAOF");
        wait.args(1, 0, timeout.count());
        way.follower = std::move(wait);
        return way;
    }
    if (waitaof.is_error() && waitaof.text().starts_with("NOPERM")) {
        return unsupported("this user may not use WAITAOF; give it +waitaof");
    }
    auto const server = "the server is " + (version.empty() ? std::string("too old") : std::string(version));
    if (settings.appendonly.empty()) {
        return unsupported(server +
                           " without WAITAOF, and this user may not read its settings: use Redis 7.2 or "
                           "later, or appendfsync always and a user with +config|get");
    }
    if (settings.appendfsync == "always") {
        return unsupported(server +
                           " without WAITAOF, and does not sync while it rewrites its file: set "
                           "no-appendfsync-on-rewrite no, or use Redis 7.2 or later");
    }
    return unsupported(server + " without WAITAOF, with appendfsync " + std::string(settings.appendfsync) +
                       ": use Redis 7.2 or later, or set appendfsync always");
}

boost::asio::awaitable<Result<DurabilityWay>> durability_way(redis::Connection& connection, Durability wanted,
                                                             std::chrono::milliseconds timeout) {
    DurabilityWay way;
    if (wanted.level == Durability::Level::memory) co_return way;
    if (wanted.level == Durability::Level::replicated) {
        way.kind = DurabilityWay::Kind::wait;
        Command wait("WAIT");
        wait.args(wanted.replicas, timeout.count());
        way.follower = std::move(wait);
        co_return way;
    }
    std::vector<Command> commands;
    commands.push_back(settings_question());
    commands.push_back(Command("WAITAOF").arg(0).arg(0).arg(0));  // asks for nothing: a server that knows it answers
    auto const replies = co_await connection.exec_all(std::move(commands));
    if (!replies) {
        // Nothing of the task was sent yet.
        auto error = replies.error();
        if (error.code == ErrorCode::unknown_outcome) error.code = ErrorCode::unavailable;
        co_return std::unexpected(std::move(error));
    }
    co_return fsync_way((*replies)[0].root(), (*replies)[1].root(), connection.server().version, timeout);
}

}  // namespace leat::store
