// A producer of a run: hands in tasks, some twice, cancels some, looks at some, and writes down what it was told.
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "chaos/history_file.hpp"
#include "chaos/load.hpp"
#include "chaos/redis_link.hpp"
#include "chaos/setup.hpp"
#include "leat/client.hpp"

namespace leat::cli::chaos {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kThreads = 4;
constexpr std::size_t kRecentMax = 64;
constexpr auto kConnectTimeout = 2s;

// The reply's phase: an error that promises that nothing was stored is a failure, everything else is unknown.
Phase phase_of(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::invalid_input:
        case ErrorCode::too_large:
        case ErrorCode::not_found:
        case ErrorCode::unavailable:
        case ErrorCode::overloaded:
        case ErrorCode::denied:
            return Phase::fail;
        default:
            return Phase::info;
    }
}

class Producer {
  public:
    Producer(Setup const& setup, std::string const& name, HistoryWriter history)
        : setup_(setup), name_(name), history_(std::move(history)), client_(client_options(setup)) {}

    // Works until told to stop. One of several threads: `number` from 0 on.
    void work(std::uint64_t number, RedisLink& front) {
        Load load(setup_.seed * kThreads + number, name_ + "." + std::to_string(number), setup_.lease);
        auto const pause = std::chrono::duration<double>(static_cast<double>(kThreads) / setup_.rate);
        auto next = std::chrono::steady_clock::now();
        while (!stopping_) {
            step(load, front);
            next = std::max(next + std::chrono::duration_cast<std::chrono::nanoseconds>(pause),
                            std::chrono::steady_clock::now() - 1s);
            while (!stopping_ && std::chrono::steady_clock::now() < next)
                std::this_thread::sleep_for(
                    std::min<std::chrono::nanoseconds>(20ms, next - std::chrono::steady_clock::now()));
        }
    }
    void stop() noexcept { stopping_ = true; }

  private:
    static ClientOptions client_options(Setup const& setup) {
        ClientOptions options;
        static_cast<ConnectionOptions&>(options) = setup.connection;
        options.connect_timeout = kConnectTimeout;
        return options;
    }

    void step(Load& load, RedisLink& front) {
        auto const step = load.step();
        auto const old = step.kind == LoadStep::Kind::dispatch ? std::nullopt : remembered(step.back);
        if (!old) {
            auto task = load.task();
            remember(task);
            hand_in(task, front);
        } else if (step.kind == LoadStep::Kind::again) {
            hand_in(*old, front);
        } else if (step.kind == LoadStep::Kind::cancel) {
            cancel(*old);
        } else {
            look(*old);
        }
    }

    void remember(LoadTask const& task) {
        std::scoped_lock const lock(mutex_);
        recent_.push_front(task);
        if (recent_.size() > kRecentMax) recent_.pop_back();
    }
    std::optional<LoadTask> remembered(std::uint64_t back) {
        std::scoped_lock const lock(mutex_);
        if (back >= recent_.size()) return std::nullopt;
        return recent_[static_cast<std::size_t>(back)];
    }

    Entry invoke(Op op, LoadTask const& task) {
        Entry entry{.op = op, .phase = Phase::invoke, .agent = std::string(task.agent), .task = task.options.id};
        entry.call = ++calls_;
        return entry;
    }
    // Writes the invocation, acts, writes the reply.
    template <class Act>
    void call(Entry entry, Act act) {
        history_.write(entry);
        auto reply = Entry{.op = entry.op, .phase = Phase::ok, .agent = entry.agent, .task = entry.task};
        reply.call = entry.call;
        if (auto const error = act(reply)) {
            reply.phase = phase_of(error->code);
            reply.status = to_string(error->code);
            reply.detail = error->detail;
        }
        history_.write(std::move(reply));
    }

    void hand_in(LoadTask const& task, RedisLink& front) {
        auto entry = invoke(task.front ? Op::front : Op::dispatch, task);
        entry.digest = task_digest(task.options.id, task.payload);
        entry.value = task.options.delay.count();
        entry.count = *task.options.max_retries;
        call(std::move(entry), [&](Entry& reply) -> std::optional<Error> {
            if (task.front) return hand_in_at_front(task, front, reply);
            auto const receipt = client_.dispatch_text(task.agent, task.payload, task.options);
            if (!receipt) return receipt.error();
            reply.status = to_string(receipt->status);
            if (receipt->status == DispatchStatus::duplicate) reply.detail = to_string(receipt->state);
            return std::nullopt;
        });
    }

    std::optional<Error> hand_in_at_front(LoadTask const& task, RedisLink& front, Entry& reply) {
        auto const added = front.command({"XADD", setup_.front_stream(), "*", "task_id", task.options.id, "agent_type",
                                          std::string(task.agent), "payload", task.payload, "priority",
                                          std::to_string(task.options.priority), "max_retries",
                                          std::to_string(*task.options.max_retries)});
        if (!added) return added.error();
        reply.status = "added";
        return std::nullopt;
    }

    void cancel(LoadTask const& task) {
        call(invoke(Op::cancel, task), [&](Entry& reply) -> std::optional<Error> {
            auto const status = client_.cancel(task.agent, task.options.id);
            if (!status) return status.error();
            reply.status = to_string(*status);
            return std::nullopt;
        });
    }

    void look(LoadTask const& task) {
        call(invoke(Op::look, task), [&](Entry& reply) -> std::optional<Error> {
            auto const info = client_.task(task.agent, task.options.id);
            if (!info) return info.error();
            reply.status = to_string(info->state);
            return std::nullopt;
        });
    }

    Setup const& setup_;
    std::string name_;
    HistoryWriter history_;
    Client client_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::int64_t> calls_{0};
    std::mutex mutex_;
    std::deque<LoadTask> recent_;  // guarded by mutex_; the newest first
};

}  // namespace

Result<void> run_producer_process(Setup const& setup, std::string const& name, std::uint64_t number) {
    // Blocked before any thread is made, so that only sigwait sees it.
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGTERM);
    ::sigaddset(&signals, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    auto history = HistoryWriter::open(setup.history_of(name), name);
    if (!history) return std::unexpected(history.error());
    auto own = setup;
    own.seed = setup.seed * 1'000 + number;
    Producer producer(own, name, std::move(*history));
    auto link_options = setup.connection;
    link_options.connect_timeout = kConnectTimeout;
    auto front = RedisLink::open(link_options);
    if (!front) return std::unexpected(front.error());
    {
        std::vector<std::jthread> threads;
        for (std::uint64_t i = 0; i < kThreads; ++i)
            threads.emplace_back([&producer, &front, i] { producer.work(i, **front); });
        int signal = 0;
        ::sigwait(&signals, &signal);
        producer.stop();
    }
    return {};
}

}  // namespace leat::cli::chaos
