#include "runtime/launcher.hpp"

#include <cstddef>
#include <utility>
#include <variant>

#include "runtime/flight_context.hpp"

namespace leat::runtime {

using boost::asio::awaitable;

Launcher::Launcher(WorkerCore& core, TaskLog& log, Handler handler, int slots, CoroutineHost& host,
                   CompletionQueue& completions)
    : Service(core, "launcher"),
      log_(log),
      handler_(std::move(handler)),
      host_(host),
      completions_(completions),
      make_context_([this](std::shared_ptr<Flight> const& flight) -> std::shared_ptr<Context> {
          auto const now = core_.now();
          flight->start(now, core_.server_clock.at(now));
          return std::make_shared<FlightContext>(core_, log_, flight);
      }),
      coroutine_finished_([this](std::shared_ptr<Flight> flight) {
          flight->ended = core_.now();
          completions_.push(std::move(flight));
      }) {
    if (std::holds_alternative<BlockingHandler>(handler_)) {
        pool_ = std::make_unique<HandlerPool>(static_cast<std::size_t>(slots),
                                              [this](auto const& flight) { run_blocking(flight); });
    }
}

void Launcher::launch(std::vector<std::shared_ptr<Flight>> flights) {
    if (pool_) {
        if (!pool_->submit(std::move(flights))) notify();
    } else {
        host_.launch(std::move(flights), std::get<CoroutineHandler>(handler_), make_context_, coroutine_finished_);
    }
}

std::vector<std::shared_ptr<Flight>> Launcher::withdraw() {
    if (!pool_) return {};
    return pool_->withdraw();
}

void Launcher::run_blocking(std::shared_ptr<Flight> const& flight) const {
    auto const now = core_.now();
    flight->start(now, core_.server_clock.at(now));
    if (flight->token.cancelled()) {
        flight->verdict = Retry{"interrupted before its start"};
    } else {
        FlightContext context(core_, log_, flight);
        try {
            flight->verdict = std::get<BlockingHandler>(handler_)(flight->task, context);
        } catch (...) {
            flight->verdict = verdict_of_current_exception();
        }
    }
    flight->ended = core_.now();
    completions_.push(flight);
}

awaitable<void> Launcher::run() {
    while (!stopping_) {
        co_await wake_.wait();
        bool more = pool_ != nullptr;
        while (more && !stopping_) {
            co_await wake_.wait_for(HandlerPool::kGrowthInterval);
            more = pool_->grow();
        }
    }
}

}  // namespace leat::runtime
