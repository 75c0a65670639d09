#include "redis/script.hpp"

#include <string>
#include <utility>
#include <vector>

#include "redis/error_class.hpp"

namespace leat::redis {
namespace {

// A server that forgets a script between its loading and the call right behind is asked once more, then given up.
constexpr int kMaxLoads = 2;

bool is_unknown_script(Result<Reply> const& reply) {
    return reply && reply->root().is_error() && reply->root().text().starts_with("NOSCRIPT");
}

Result<Reply> checked(Script const& script, Result<Reply> reply) {
    if (reply && reply->root().is_error()) return std::unexpected(error_of_reply(script.name, reply->root().text()));
    return reply;
}

// Loads and calls in one write. The first reply must be the script's digest.
boost::asio::awaitable<Result<Reply>> load_and_call(Connection& connection, ScriptCall const& script_call,
                                                    ExecOptions options) {
    auto const& script = script_call.script();
    std::vector<Command> commands;
    commands.push_back(Command("SCRIPT").arg("LOAD").arg(script.source));
    commands.push_back(script_call.command());
    auto replies = co_await connection.exec_all(std::move(commands), options);
    if (!replies) co_return std::unexpected(std::move(replies.error()));
    auto const loaded = replies->front().root();
    if (loaded.is_error()) co_return std::unexpected(error_of_reply(script.name, loaded.text()));
    if (loaded.text() != script.sha1) co_return fail(ErrorCode::internal, script.name, "the script's digest is wrong");
    co_return std::move(replies->back());
}

}  // namespace

ScriptCall::ScriptCall(Script const& script, std::size_t key_count) : script_(&script), command_("EVALSHA") {
    command_.arg(script.sha1).arg(key_count);
}

boost::asio::awaitable<Result<Reply>> call(Connection& connection, ScriptCall script_call, ExecOptions options) {
    auto reply = co_await connection.exec(std::cref(script_call.command()), options);
    for (int i = 0; i < kMaxLoads && is_unknown_script(reply); ++i) {
        reply = co_await load_and_call(connection, script_call, options);
    }
    co_return checked(script_call.script(), std::move(reply));
}

}  // namespace leat::redis
