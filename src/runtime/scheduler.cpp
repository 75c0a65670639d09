#include "runtime/scheduler.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>
#include <vector>

namespace leat::runtime {

using boost::asio::awaitable;

awaitable<void> Scheduler::run() {
    while (!stopping_) {
        auto const sleep = co_await promote_due();
        if (!sleep) {
            auto error = sleep.error();
            co_await pause_after(std::move(error), keys_.agent);
            continue;
        }
        succeeded();
        if (!stopping_) co_await wake_.wait_for(*sleep);
    }
}

awaitable<Result<std::chrono::milliseconds>> Scheduler::promote_due() {
    std::vector<std::string> due;
    std::int64_t promoted = 0;
    std::chrono::milliseconds sleep = kSchedulePoll;
    do {
        auto reply = co_await promote(due, store::kPromoteTold);
        if (!reply) co_return std::unexpected(std::move(reply.error()));
        promoted += reply->promoted;
        due = std::move(reply->due);
        if (reply->next_due_in_ms) {
            sleep = std::clamp(std::chrono::milliseconds(*reply->next_due_in_ms), std::chrono::milliseconds(0),
                               kSchedulePoll);
        }
    } while (!due.empty() && !stopping_);
    if (promoted > 0) core_.emit({.kind = EventKind::promoted, .agent = keys_.agent, .count = promoted});
    co_return sleep;
}

awaitable<Result<store::PromoteReply>> Scheduler::promote(std::span<std::string const> due, std::size_t most) {
    using namespace boost::asio::experimental::awaitable_operators;
    if (due.size() <= store::kPromoteBatch) {
        auto const store = core_.store();
        co_return co_await store.promote(keys_, due, most);
    }
    auto [first, rest] =
        co_await (promote(due.first(store::kPromoteBatch), 0) && promote(due.subspan(store::kPromoteBatch), most));
    if (!first) co_return std::unexpected(std::move(first.error()));
    if (rest) rest->promoted += first->promoted;
    co_return std::move(rest);
}

}  // namespace leat::runtime
