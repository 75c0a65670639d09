#pragma once
// For tests: runs a coroutine handler as a worker does, one io thread for many attempts, each with its own
// cancellation.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "async/io_thread.hpp"
#include "handlers/fake_context.hpp"
#include "leat/handler.hpp"

namespace leat::handlers {

class RunningAttempt {
  public:
    FakeContext context;

    [[nodiscard]] Verdict verdict() { return verdict_.get_future().get(); }

    // As the worker does: first the token, then asio's cancellation on the handler's thread.
    void cancel(CancelReason reason) {
        context.token.cancel(reason);
        boost::asio::post(*home_, [this] { signal_.emit(boost::asio::cancellation_type::terminal); });
    }

  private:
    friend class HandlerHost;
    boost::asio::io_context* home_ = nullptr;
    boost::asio::cancellation_signal signal_;
    std::promise<Verdict> verdict_;
};

class HandlerHost {
  public:
    explicit HandlerHost(Handler handler) : handler_(std::move(handler)) {}

    // Starts an attempt at a task, to be ended at `deadline`.
    std::unique_ptr<RunningAttempt> start_at(std::chrono::steady_clock::time_point deadline, Task task) {
        auto attempt = std::make_unique<RunningAttempt>();
        attempt->context.deadline_at = deadline;
        attempt->home_ = &thread_.context();
        launch(*attempt, std::move(task));
        return attempt;
    }
    std::unique_ptr<RunningAttempt> start(Task task) {
        return start_at(std::chrono::steady_clock::time_point::max(), std::move(task));
    }
    std::unique_ptr<RunningAttempt> start(std::string id, std::string payload = "{}") {
        return start(Task(std::move(id), "test", std::move(payload)));
    }
    // Runs one attempt to its end.
    Verdict run(std::string id, std::string payload = "{}") {
        return start(std::move(id), std::move(payload))->verdict();
    }

  private:
    void launch(RunningAttempt& attempt, Task task) {
        boost::asio::post(thread_.context(), [this, &attempt, task = std::move(task)]() mutable {
            auto& handler = std::get<CoroutineHandler>(handler_);
            boost::asio::co_spawn(thread_.context(), handler(std::move(task), attempt.context),
                                  boost::asio::bind_cancellation_slot(
                                      attempt.signal_.slot(), [&attempt](std::exception_ptr error, Verdict verdict) {
                                          if (error) {
                                              attempt.verdict_.set_exception(error);
                                          } else {
                                              attempt.verdict_.set_value(std::move(verdict));
                                          }
                                      }));
        });
    }

    Handler handler_;  // ends after the thread has
    async::IoThread thread_{"test-handler"};
};

}  // namespace leat::handlers
