#include "runtime/deadline_keeper.hpp"

#include <algorithm>
#include <vector>

namespace leat::runtime {

boost::asio::awaitable<void> DeadlineKeeper::run() {
    while (!stopping_) {
        if (next_ == SteadyTime::max()) {
            co_await wake_.wait();
            continue;
        }
        auto const now = core_.now();
        if (now < next_) {
            co_await wake_.wait_for(next_ - now);
            continue;
        }
        look();
    }
}

void DeadlineKeeper::look() {
    auto const now = core_.now();
    next_ = SteadyTime::max();
    std::vector<std::shared_ptr<Flight>> late;
    std::vector<std::shared_ptr<Flight>> stuck;
    for (auto const& flight : hooks_.flights()) {
        if (flight->finished || flight->abandoned) continue;
        if (flight->give_up_at) {
            if (*flight->give_up_at <= now)
                stuck.push_back(flight);
            else
                next_ = std::min(next_, *flight->give_up_at);
        } else if (flight->deadline <= now) {
            late.push_back(flight);
        } else {
            next_ = std::min(next_, flight->deadline);
        }
    }
    for (auto const& flight : late)
        hooks_.timed_out(flight);
    for (auto const& flight : stuck)
        hooks_.gave_up(flight);
}

}  // namespace leat::runtime
