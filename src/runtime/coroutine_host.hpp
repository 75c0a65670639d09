#pragma once
// Threads for coroutine handlers: one io_context per thread, flights are dealt out in turn and stay where they are, so
// a handler's code never runs on two threads at once and needs no strand.
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "async/io_thread.hpp"
#include "leat/handler.hpp"
#include "runtime/flight.hpp"

namespace leat::runtime {

class CoroutineHost {
  public:
    using Finish = std::function<void(std::shared_ptr<Flight>)>;

    explicit CoroutineHost(int threads);

    // Starts handlers; `finish` is called on their thread once each has returned, with the verdict in the flight.
    // `handler`, `finish` and `context_of` outlive the flights. One wake-up per thread and call.
    using MakeContext = std::function<std::shared_ptr<Context>(std::shared_ptr<Flight> const&)>;
    void launch(std::vector<std::shared_ptr<Flight>> flights, CoroutineHandler const& handler,
                MakeContext const& make_context, Finish const& finish);

    // Interrupts a running handler at its next co_await. From any thread.
    static void interrupt(std::shared_ptr<Flight> const& flight);

  private:
    std::vector<std::unique_ptr<async::IoThread>> threads_;
    std::size_t next_ = 0;
};

}  // namespace leat::runtime
