// One task, looked up.
#include "scripts.gen.hpp"
#include "store/script_reply.hpp"
#include "store/store.hpp"
#include "store/task_info.hpp"

namespace leat::store {

using boost::asio::awaitable;

awaitable<Result<TaskInfo>> Store::task(AgentKeys const& keys, std::string_view task_id) const {
    redis::ScriptCall call(scripts::kTask, scripts::kTaskKeys, redis::ScriptAccess::read);
    add_lanes(call, keys);
    call.arg(keys.results).arg(keys.dead).arg(keys.task(task_id));
    auto const reply = co_await redis::call(*connection_, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    auto const parts = reply->root();
    auto const code = read_code("task", parts[0], scripts::to_task_code);
    if (!code) co_return std::unexpected(code.error());
    if (*code == scripts::TaskCode::not_found) {
        co_return fail(ErrorCode::not_found, "task",
                       "there is no task " + std::string(task_id) + " (or it has been forgotten)");
    }
    if (*code == scripts::TaskCode::unreadable) {
        co_return fail(ErrorCode::corrupt, "task", "the record of task " + std::string(task_id) + " cannot be read");
    }
    if (parts.size() != 7) co_return unexpected_reply("task");
    TaskParts found;
    found.agent = keys.agent;
    found.task_id = task_id;
    found.now = parts[1].integer().value_or(0);
    found.record = parts[2].text();
    found.holder = parts[3];
    found.message = parts[4];
    found.result = EntryView::of(parts[5]);
    found.letter = EntryView::of(parts[6]);
    co_return read_task_info(found);
}

awaitable<Result<Glance>> Store::glance(AgentKeys const& keys, std::string_view task_id) const {
    constexpr std::string_view kSucceeded = R"({"state":"succeeded","at":")";
    redis::Command command("GET");
    command.arg(keys.task(task_id));
    auto const reply = co_await connection_->exec(std::move(command));
    if (!reply) co_return std::unexpected(reply.error());
    auto const record = reply->root().text();
    Glance seen;
    seen.is_live = record.starts_with(R"({"state":"ready")") || record.starts_with(R"({"state":"scheduled")");
    if (record.starts_with(kSucceeded)) {
        auto const entry = record.substr(kSucceeded.size());
        seen.entry = entry.substr(0, entry.find('"'));
    }
    co_return seen;
}

awaitable<Result<std::optional<TaskResult>>> Store::success(AgentKeys const& keys, std::string_view task_id,
                                                            std::string_view entry) const {
    redis::Command command("XRANGE");
    command.arg(keys.results).arg(entry).arg(entry);
    auto const reply = co_await connection_->exec(std::move(command));
    if (!reply) co_return std::unexpected(reply.error());
    auto const found = EntryView::of(reply->root()[0]);
    std::optional<TaskResult> outcome;
    if (found) outcome = read_success(*found, task_id);
    co_return outcome;
}

}  // namespace leat::store
