#include "runtime/handler_pool.hpp"

#include <algorithm>
#include <utility>

namespace leat::runtime {

HandlerPool::HandlerPool(std::size_t threads_max, Job run)
    : threads_max_(std::max<std::size_t>(threads_max, 1)), run_(std::move(run)) {}

HandlerPool::~HandlerPool() {
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_)
        thread.join();
}

bool HandlerPool::submit(std::vector<std::shared_ptr<Flight>> flights) {
    bool had_idle = false;
    {
        std::lock_guard const lock(mutex_);
        for (auto& flight : flights)
            queue_.push_back(std::move(flight));
        if (threads_.empty()) start_thread();
        had_idle = idle_ > 0;
    }
    if (had_idle) wake_.notify_one();
    return had_idle;
}

bool HandlerPool::grow() {
    std::lock_guard const lock(mutex_);
    // A queue that moves quickly (more was started than there are threads) needs no further thread: short handlers.
    auto const moved = taken_ - taken_before_;
    taken_before_ = taken_;
    if (queue_.empty()) return false;
    if (idle_ == 0 && moved <= threads_.size()) {
        auto const wanted = std::min({threads_max_ - threads_.size(), threads_.size(), queue_.size()});
        for (std::size_t i = 0; i < wanted; ++i)
            start_thread();
    }
    return threads_.size() < threads_max_;
}

std::vector<std::shared_ptr<Flight>> HandlerPool::withdraw() {
    std::lock_guard const lock(mutex_);
    std::vector<std::shared_ptr<Flight>> flights(std::make_move_iterator(queue_.begin()),
                                                 std::make_move_iterator(queue_.end()));
    queue_.clear();
    return flights;
}

std::size_t HandlerPool::threads() const {
    std::lock_guard const lock(mutex_);
    return threads_.size();
}

void HandlerPool::start_thread() {
    threads_.emplace_back([this] { work(); });
}

void HandlerPool::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        ++idle_;
        wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        --idle_;
        if (queue_.empty()) return;  // stopping
        auto flight = std::move(queue_.front());
        queue_.pop_front();
        ++taken_;
        bool const pass_on = !queue_.empty() && idle_ > 0;
        lock.unlock();
        if (pass_on) wake_.notify_one();
        run_(flight);
        flight.reset();
        lock.lock();
    }
}

}  // namespace leat::runtime
