#pragma once
// For tests: runs a coroutine handler as a worker does, one io thread for many attempts, each with its own
// cancellation.
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "async/io_thread.hpp"
#include "handlers/child_process.hpp"
#include "handlers/fake_context.hpp"
#include "leat/exec.hpp"
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

inline constexpr char const* kPython = "/usr/bin/python3";

// An agent in Python that serves each request with the body `serve`, which sees `task` and `answer(**fields)`.
inline ExecOptions python(std::string const& serve) {
    std::string const frame = R"(
import json, os, signal, subprocess, sys, time
for line in sys.stdin:
    task = json.loads(line)
    def write(**fields):
        print(json.dumps(fields), flush=True)
    def answer(**fields):
        write(task_id=task["task_id"], **fields)
    def succeed(result=None):
        answer(status="success", result=result)
    text = task["payload"].get("do", "") if isinstance(task["payload"], dict) else ""
)";
    std::string body;
    for (std::size_t at = 0; at < serve.size();) {
        auto const end = std::min(serve.find('\n', at), serve.size());
        body += "    " + serve.substr(at, end - at) + "\n";
        at = end + 1;
    }
    ExecOptions options;
    options.command = {kPython, "-c", frame + body};
    options.kill_grace = Milliseconds(5'000);
    return options;
}

inline ExecOptions shell(std::string const& script) {
    ExecOptions options;
    options.command = {"/bin/sh", "-c", script};
    return options;
}

inline json result_of(Verdict const& verdict) {
    if (auto const* success = std::get_if<Success>(&verdict)) return json::parse(success->result_text);
    if (auto const* retry = std::get_if<Retry>(&verdict)) ADD_FAILURE() << "retry: " << retry->error;
    if (auto const* dead = std::get_if<Dead>(&verdict)) ADD_FAILURE() << "dead: " << dead->reason;
    return nullptr;
}

inline std::string retry_of(Verdict const& verdict) {
    auto const* retry = std::get_if<Retry>(&verdict);
    EXPECT_NE(retry, nullptr) << "not a retry but " << verdict.index();
    return retry == nullptr ? "" : retry->error;
}

inline std::string doing(std::string_view what) {
    return json{{"do", what}}.dump();
}

// Waits for the end of a process that is not our child. Fails the test where it lives on for ten seconds.
inline void expect_end_of(pid_t pid) {
    auto const watch = open_exit_watch(pid);
    if (watch.get() < 0) return;  // gone and collected
    pollfd query{watch.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&query, 1, 10'000), 1) << "process " << pid << " still runs";
}

}  // namespace leat::handlers
