#pragma once
// Threads for blocking handlers. Grows while work waits, up to a limit; never shrinks before its end.
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/flight.hpp"

namespace leat::runtime {

class HandlerPool {
  public:
    using Job = std::function<void(std::shared_ptr<Flight> const&)>;

    // `run` executes one flight on a pool thread and never throws. At most `threads_max` threads.
    HandlerPool(std::size_t threads_max, Job run);
    // Waits for handlers that still run; whatever was not started must have been withdrawn.
    ~HandlerPool();
    HandlerPool(HandlerPool const&) = delete;
    HandlerPool& operator=(HandlerPool const&) = delete;

    // Queues flights; wakes one thread, which wakes the next while work is left. Returns false where no thread was
    // idle: the caller then looks again with grow() after kGrowthInterval.
    bool submit(std::vector<std::shared_ptr<Flight>> flights);

    // Doubles the number of threads if work has waited since the last call without any thread taking it up fast enough.
    // Returns true while work still waits and the limit is not reached.
    bool grow();

    // Takes back what no thread has started.
    [[nodiscard]] std::vector<std::shared_ptr<Flight>> withdraw();

    [[nodiscard]] std::size_t threads() const;

    // How long queued work waits before another thread is worth its cost.
    static constexpr std::chrono::milliseconds kGrowthInterval{1};

  private:
    void start_thread();  // with mutex_ held
    void work();

    std::size_t const threads_max_;
    Job const run_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    // Guarded by mutex_.
    std::deque<std::shared_ptr<Flight>> queue_;
    std::vector<std::thread> threads_;
    std::size_t idle_ = 0;
    std::size_t taken_ = 0;         // flights started so far
    std::size_t taken_before_ = 0;  // the same at the last grow()
    bool stopping_ = false;
};

}  // namespace leat::runtime
