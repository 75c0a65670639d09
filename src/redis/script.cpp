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

// What SCRIPT LOAD answered.
Result<void> check_loaded(Script const& script, ReplyView loaded) {
    if (loaded.is_error()) {
        auto error = error_of_reply(script.name, loaded.text());
        if (error.code != ErrorCode::denied) return std::unexpected(std::move(error));
        return fail(ErrorCode::unavailable, script.name,
                    "the server has not got this script, and this user may not load it: start a worker, which loads "
                    "all of them, and try again");
    }
    if (loaded.text() != script.sha1) return fail(ErrorCode::internal, script.name, "the script's digest is wrong");
    return {};
}

Command load_command(Script const& script) {
    return std::move(Command("SCRIPT").arg("LOAD").arg(script.source));
}

// Loads and calls in one write. The first reply must be the script's digest.
boost::asio::awaitable<Result<Reply>> load_and_call(Connection& connection, ScriptCall const& script_call,
                                                    ExecOptions options) {
    std::vector<Command> commands;
    commands.push_back(load_command(script_call.script()));
    commands.push_back(script_call.command());
    auto replies = co_await connection.exec_all(std::move(commands), options);
    if (!replies) co_return std::unexpected(std::move(replies.error()));
    auto const loaded = check_loaded(script_call.script(), replies->front().root());
    if (!loaded) co_return std::unexpected(loaded.error());
    co_return std::move(replies->back());
}

}  // namespace

ScriptCall::ScriptCall(Script const& script, std::size_t key_count, ScriptAccess access)
    : script_(&script), command_(access == ScriptAccess::read ? "EVALSHA_RO" : "EVALSHA") {
    command_.arg(script.sha1).arg(key_count);
}

boost::asio::awaitable<Result<Reply>> call(Connection& connection, ScriptCall script_call, ExecOptions options) {
    auto reply = co_await connection.exec(std::cref(script_call.command()), options);
    for (int i = 0; i < kMaxLoads && is_unknown_script(reply); ++i) {
        reply = co_await load_and_call(connection, script_call, options);
    }
    co_return checked(script_call.script(), std::move(reply));
}

boost::asio::awaitable<Result<FollowedReply>> call_followed(Connection& connection, ScriptCall script_call,
                                                            Command follower, ExecOptions options) {
    auto const& script = script_call.script();
    bool load = false;
    for (int sends = 0;; ++sends) {
        std::vector<Command> commands;
        if (load) commands.push_back(load_command(script));
        commands.push_back(script_call.command());
        commands.push_back(follower);
        auto replies = co_await connection.exec_all(std::move(commands), options);
        if (!replies) co_return std::unexpected(std::move(replies.error()));
        auto const loaded = load ? check_loaded(script, replies->front().root()) : Result<void>();
        if (!loaded) co_return std::unexpected(loaded.error());
        Result<Reply> reply = std::move((*replies)[load ? 1 : 0]);
        load = is_unknown_script(reply);
        if (load && sends < kMaxLoads) continue;
        reply = checked(script, std::move(reply));
        if (!reply) co_return std::unexpected(std::move(reply.error()));
        co_return FollowedReply{std::move(*reply), std::move(replies->back())};
    }
}

}  // namespace leat::redis
