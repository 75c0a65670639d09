#include "store/alert_turns.hpp"

#include <utility>

#include "redis/error_class.hpp"
#include "redis/info.hpp"
#include "store/alert_keys.hpp"
#include "store/inspect_reply.hpp"

namespace leat::store {
namespace {

using boost::asio::awaitable;
using redis::Command;

constexpr std::string_view kOperation = "tell of an alert";
// The list of what was told outlives the turns, and everybody who might go on with it.
constexpr std::chrono::hours kListLife{24 * 31};

// "no_worker sentiment", "redis_down"
std::string field_of(ToldAlert const& alert) {
    return alert.agent.empty() ? alert.kind : alert.kind + " " + alert.agent;
}

std::string fire_turn(KeySpace const& space, ToldAlert const& alert) {
    return alert_turn_key(space, "fire", alert.kind, alert.agent);
}

std::string end_turn(KeySpace const& space, ToldAlert const& alert) {
    return alert_turn_key(space, "end", alert.kind, alert.agent);
}

Command take_turn(std::string const& key, std::chrono::milliseconds lease) {
    Command take("SET");
    take.args(key, "1", "NX", "PX", lease.count());
    return take;
}

std::vector<Command> one(Command command) {
    std::vector<Command> commands;
    commands.push_back(std::move(command));
    return commands;
}

}  // namespace

awaitable<Result<std::vector<redis::Reply>>> AlertTurns::run(std::vector<Command> commands) const {
    auto replies = co_await connection_.exec_all(std::move(commands));
    if (!replies) co_return std::unexpected(replies.error());
    for (auto const& reply : *replies)
        if (reply.root().is_error()) co_return std::unexpected(redis::error_of_reply(kOperation, reply.root().text()));
    co_return std::move(*replies);
}

awaitable<Result<bool>> AlertTurns::take(ToldAlert const& alert, std::chrono::milliseconds lease) const {
    auto const replies = co_await run(one(take_turn(fire_turn(space_, alert), lease)));
    if (!replies) co_return std::unexpected(replies.error());
    co_return replies->front().root().text() == "OK";
}

awaitable<Result<void>> AlertTurns::told(ToldAlert const& alert, std::chrono::milliseconds repeat) const {
    std::vector<Command> commands;
    commands.push_back(Command("HSET").args(told_alerts_key(space_), field_of(alert), alert.fired_at));
    commands.push_back(Command("PEXPIRE").args(told_alerts_key(space_), std::chrono::milliseconds(kListLife).count()));
    commands.push_back(Command("SET").args(fire_turn(space_, alert), "1", "PX", repeat.count()));
    auto const replies = co_await run(std::move(commands));
    if (!replies) co_return std::unexpected(replies.error());
    co_return Result<void>{};
}

awaitable<Result<void>> AlertTurns::give_back(ToldAlert const& alert) const {
    auto const replies = co_await run(one(Command("DEL").arg(fire_turn(space_, alert))));
    if (!replies) co_return std::unexpected(replies.error());
    co_return Result<void>{};
}

awaitable<Result<bool>> AlertTurns::take_end(ToldAlert const& alert, std::chrono::milliseconds lease) const {
    std::vector<Command> commands;
    commands.push_back(take_turn(end_turn(space_, alert), lease));
    // Behind the turn: who has told the end has taken it off the list before the turn is over.
    commands.push_back(Command("HMGET").args(told_alerts_key(space_), field_of(alert)));
    auto const replies = co_await run(std::move(commands));
    if (!replies) co_return std::unexpected(replies.error());
    bool const has_turn = (*replies)[0].root().text() == "OK";
    auto const listed = (*replies)[1].root();
    bool const was_told = listed.size() == 1 && !listed[0].text().empty();
    if (has_turn && !was_told) (void)co_await give_end_back(alert);
    co_return has_turn&& was_told;
}

awaitable<Result<void>> AlertTurns::end_told(ToldAlert const& alert, std::chrono::milliseconds guard) const {
    std::vector<Command> commands;
    commands.push_back(Command("HDEL").args(told_alerts_key(space_), field_of(alert)));
    commands.push_back(Command("SET").args(fire_turn(space_, alert), "1", "PX", guard.count()));
    commands.push_back(Command("DEL").arg(end_turn(space_, alert)));
    auto const replies = co_await run(std::move(commands));
    if (!replies) co_return std::unexpected(replies.error());
    co_return Result<void>{};
}

awaitable<Result<void>> AlertTurns::give_end_back(ToldAlert const& alert) const {
    auto const replies = co_await run(one(Command("DEL").arg(end_turn(space_, alert))));
    if (!replies) co_return std::unexpected(replies.error());
    co_return Result<void>{};
}

awaitable<Result<std::vector<ToldAlert>>> AlertTurns::list() const {
    auto const replies = co_await run(one(Command("HGETALL").arg(told_alerts_key(space_))));
    if (!replies) co_return std::unexpected(replies.error());
    auto const root = replies->front().root();
    if (!root.is_aggregate()) co_return unexpected_reply(kOperation);
    std::vector<ToldAlert> told;
    std::string_view field;
    bool is_field = true;
    for (auto const part : root) {
        if (std::ssize(told) == kToldAlertsMax) break;
        if (is_field) {
            field = part.text();
        } else {
            auto const blank = field.find(' ');
            ToldAlert alert{.kind = std::string(field.substr(0, blank)), .fired_at = redis::info_number(part.text())};
            if (blank != std::string_view::npos) alert.agent = field.substr(blank + 1);
            bool const good =
                check_name("alert", alert.kind) && (alert.agent.empty() || check_name("agent", alert.agent));
            if (good) told.push_back(std::move(alert));
        }
        is_field = !is_field;
    }
    co_return told;
}

}  // namespace leat::store
