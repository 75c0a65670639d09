#pragma once
// Finished flights on their way from handler threads to the engine: pushed one by one, taken all at once, one wake-up
// for everything that gathered meanwhile.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "runtime/flight.hpp"

namespace leat::runtime {

class CompletionQueue {
  public:
    using Taker = std::function<void(std::vector<std::shared_ptr<Flight>>)>;

    // `take` runs on `engine` and must outlive every push.
    CompletionQueue(boost::asio::any_io_executor engine, Taker take)
        : engine_(std::move(engine)), take_(std::move(take)) {}

    // From any thread.
    void push(std::shared_ptr<Flight> flight) {
        bool wake = false;
        {
            std::lock_guard const lock(mutex_);
            wake = flights_.empty();
            flights_.push_back(std::move(flight));
        }
        if (wake) boost::asio::post(engine_, [this] { drain(); });
    }

  private:
    void drain() {
        std::vector<std::shared_ptr<Flight>> flights;
        {
            std::lock_guard const lock(mutex_);
            flights.swap(flights_);
            flights_.reserve(flights.size());
        }
        take_(std::move(flights));
    }

    boost::asio::any_io_executor engine_;
    Taker take_;
    std::mutex mutex_;
    std::vector<std::shared_ptr<Flight>> flights_;  // guarded by mutex_
};

}  // namespace leat::runtime
