#include "runtime/scheduler.hpp"

#include <algorithm>
#include <string>
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
    auto const store = core_.store();
    std::vector<std::string> due;
    std::int64_t promoted = 0;
    std::chrono::milliseconds sleep = kSchedulePoll;
    do {
        auto reply = co_await store.promote(keys_, due);
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

}  // namespace leat::runtime
