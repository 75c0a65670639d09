// The end of an agent's service, step by step; the worker knows the order.
#include <memory>
#include <utility>
#include <vector>

#include "runtime/agent_service.hpp"

namespace leat::runtime {

using boost::asio::awaitable;

void AgentService::stop_intake() {
    stopping_ = true;
    fetcher_.stop();
    reclaimer_.stop();
    scheduler_.stop();
    recoverer_.stop();
    auditor_.stop();
    launcher_.stop();
}

awaitable<void> AgentService::release_unstarted() {
    auto flights = launcher_.withdraw();
    if (flights.empty()) co_return;
    running_ -= static_cast<int>(flights.size());
    for (auto const& flight : flights)
        flight->finished = true;
    co_await release(std::move(flights));
}

awaitable<void> AgentService::wait_empty(SteadyTime until) {
    while (!flights_.empty() && !hurried_) {
        auto const now = core_.now();
        if (now >= until) co_return;
        co_await emptied_.wait_for(until - now);
    }
}

void AgentService::hurry() {
    hurried_ = true;
    emptied_.notify();
}

void AgentService::interrupt_all(CancelReason reason) {
    std::vector<std::shared_ptr<Flight>> const flights(flights_.begin(), flights_.end());
    for (auto const& flight : flights)
        interrupt(flight, reason);
}

awaitable<void> AgentService::release_stuck() {
    std::vector<std::shared_ptr<Flight>> left;
    for (auto const& flight : flights_) {
        if (flight->finished || flight->abandoned || flight->dropped) continue;
        stuck(flight);
        left.push_back(flight);
    }
    if (!left.empty()) co_await release(std::move(left));
}

void AgentService::stop() {
    log_.stop();
    lease_keeper_.stop();
    deadline_keeper_.stop();
    settler_.stop();
}

awaitable<void> AgentService::join() {
    co_await chores_.join();
}

}  // namespace leat::runtime
