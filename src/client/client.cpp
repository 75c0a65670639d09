#include "leat/client.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <stdexcept>
#include <utility>

#include "client/client_impl.hpp"
#include "client/dispatcher.hpp"
#include "core/clock.hpp"
#include "leat/event.hpp"
#include "store/open.hpp"

namespace leat {
namespace {

using boost::asio::awaitable;

redis::ConnectOptions checked_connect_options(ClientOptions const& options) {
    auto connect = store::connect_options_of(options);
    if (!connect) throw std::invalid_argument(connect.error().message());
    connect->client_name = "leat-client";
    return *connect;
}

redis::ConnectOptions durable_connect_options(ClientOptions const& options) {
    auto connect = checked_connect_options(options);
    connect.client_name = "leat-durable";
    return connect;
}

std::string wrong_durability(Durability durability) {
    auto const replicas = durability.replicas;
    bool const counted = durability.level == Durability::Level::replicated;
    if (!counted || (replicas >= 1 && replicas <= Durability::kReplicasMax)) return {};
    return "replicated needs 1 to " + std::to_string(Durability::kReplicasMax) + " replicas";
}

ClientOptions checked(ClientOptions options) {
    auto const refuse = [](std::string const& what) { throw std::invalid_argument("client: " + what); };
    if (auto const wrong = wrong_durability(options.durability); !wrong.empty()) refuse(wrong);
    if (options.durability_timeout < Milliseconds(1) || options.durability_timeout > std::chrono::hours(1))
        refuse("durability_timeout must be 1 ms to 1 h");
    if (options.payload_bytes_max < 1 || options.payload_bytes_max > Limits::payload_bytes_max)
        refuse("payload_bytes_max must be 1 byte to 16 MiB");
    if (options.max_retries && (*options.max_retries < 0 || *options.max_retries > Limits::max_retries_max))
        refuse("max_retries must be 0 to 1,000");
    if (options.max_waiting && *options.max_waiting < 0) refuse("max_waiting must be 0 or more");
    return options;
}

// Runs `start(done)` and blocks until `done` was called. Not on the engine thread, which would wait for itself.
template <class T, class Start>
T blocking(bool on_engine_thread, Start start) {
    if (on_engine_thread)
        throw std::logic_error("client: a blocking call on the client's own thread; co_await the async_ form");
    std::promise<T> promise;
    auto answer = promise.get_future();
    start([&promise](T value) { promise.set_value(std::move(value)); });
    return answer.get();
}

// Runs `start(done)` and resumes the coroutine on its own executor once `done` was called.
template <class T, class Start>
awaitable<T> awaiting(Start start) {
    return boost::asio::async_initiate<boost::asio::use_awaitable_t<> const, void(T)>(
        [](auto handler, Start begin) {
            auto work = boost::asio::make_work_guard(handler);
            begin([handler = std::move(handler), work = std::move(work)](T value) mutable {
                auto const executor = work.get_executor();
                boost::asio::post(executor, [handler = std::move(handler), value = std::move(value)]() mutable {
                    std::move(handler)(std::move(value));
                });
                work.reset();
            });
        },
        boost::asio::use_awaitable, std::move(start));
}

std::vector<NewTask> one_task(std::string payload_text, DispatchOptions options) {
    std::vector<NewTask> tasks;
    tasks.push_back({std::move(payload_text), std::move(options)});
    return tasks;
}

// JSON text of a payload. Strings that are not UTF-8 are refused: guessing would change the caller's data.
Result<std::string> text_of(json const& payload) {
    try {
        return payload.dump();
    } catch (json::exception const&) {
        return fail(ErrorCode::invalid_input, "dispatch", "the payload holds a string that is not UTF-8");
    }
}

}  // namespace

// --- engine
// -----------------------------------------------------------------------------------------------------------

Client::Impl::Impl(ClientOptions options)
    : options_(checked(std::move(options))),
      space_(options_.prefix),
      ids_(core::Random::from_entropy()),
      tracer_(options_.on_span, core::machine_clock(), core::Random::from_entropy()),
      engine_("leat-client"),
      random_(core::Random::from_entropy()),
      connection_(engine_.context().get_executor(), checked_connect_options(options_), connection_events(),
                  random_.next()),
      durable_connection_(engine_.context().get_executor(), durable_connect_options(options_), {}, random_.next()),
      context_{connection_, space_, core::machine_clock(), random_, options_.max_waiting, options_.durability_timeout,
               &waiter_},
      durable_context_{durable_connection_,         space_,  core::machine_clock(), random_, options_.max_waiting,
                       options_.durability_timeout, &waiter_},
      waiter_(connection_, core::machine_clock(), random_.next()),
      group_(engine_.context().get_executor()) {
    boost::asio::post(engine_.context(), [this] { group_.spawn(connection_.run()); });
}

Client::Impl::~Impl() {
    boost::asio::co_spawn(engine_.context(), shut_down(), boost::asio::use_future).get();
}

awaitable<void> Client::Impl::shut_down() {
    take_incoming();
    closed_ = true;
    waiter_.close();
    connection_.close();
    durable_connection_.close();
    for (auto& [name, queue] : queues_)
        co_await queue.join();
    co_await group_.join();
    co_await waiter_.join();
}

redis::ConnectionEvents Client::Impl::connection_events() {
    redis::ConnectionEvents events;
    if (!options_.on_event) return events;
    events.on_connected = [this](redis::ServerInfo const& server) {
        options_.on_event(Event{.kind = EventKind::connected, .detail = server.version});
    };
    events.on_disconnected = [this](Error const& error, int failures) {
        auto const detail = error.message();
        options_.on_event(Event{.kind = EventKind::disconnected, .detail = detail, .count = failures});
    };
    return events;
}

// --- dispatch
// ---------------------------------------------------------------------------------------------------------

Result<store::DispatchItem> Client::Impl::check(std::string_view agent, NewTask& task) {
    if (auto const wrong = wrong_durability(task.options.durability.value_or(options_.durability)); !wrong.empty())
        return fail(ErrorCode::invalid_input, "dispatch", wrong);
    return client::check_task(options_, ids_, agent, task);
}

void Client::Impl::dispatch(std::string agent, std::vector<NewTask> tasks, Done<Receipts> done) {
    auto job = std::make_shared<client::DispatchJob>();
    job->deadline = core::machine_clock().now() + options_.connect_timeout;
    job->receipts.assign(tasks.size(), Receipt{});
    Incoming incoming;
    std::vector<client::DispatchSpan> spans;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        auto item = check(agent, tasks[i]);
        if (item) {
            if (tracer_.on()) tracer_.begin(spans, i, *item);
            incoming.items.push_back({i, tasks[i].options.durability.value_or(options_.durability), std::move(*item)});
        } else {
            job->receipts[i] = std::unexpected(std::move(item.error()));
        }
    }
    if (incoming.items.empty()) {
        done(std::move(job->receipts));
        return;
    }
    job->open = incoming.items.size();
    job->done = spans.empty() ? std::move(done) : tracer_.ending(agent, std::move(spans), std::move(done));
    incoming.agent = std::move(agent);
    incoming.job = std::move(job);
    bool wake = false;
    {
        std::lock_guard const lock(mutex_);
        wake = incoming_.empty();
        incoming_.push_back(std::move(incoming));
    }
    if (wake) boost::asio::post(engine_.context(), [this] { take_incoming(); });
}

void Client::Impl::take_incoming() {
    std::vector<Incoming> incoming;
    {
        std::lock_guard const lock(mutex_);
        incoming.swap(incoming_);
    }
    for (auto& group : incoming) {
        client::DispatchQueue* queue = nullptr;
        auto level = Durability::memory();
        for (auto& [index, durability, item] : group.items) {
            if (queue == nullptr || durability != level) {
                level = durability;
                queue = &queue_of({group.agent, level});
            }
            queue->add(group.job, index, std::move(item));
        }
    }
    for (auto& [name, queue] : queues_)
        queue.pump();
}

client::DispatchQueue& Client::Impl::queue_of(QueueName name) {
    if (auto const found = queues_.find(name); found != queues_.end()) return found->second;
    bool const durable = name.second.level != Durability::Level::memory;
    if (durable && !durable_runs_ && !closed_) {
        durable_runs_ = true;
        group_.spawn(durable_connection_.run());
    }
    auto const level = name.second;
    auto agent = name.first;
    auto& context = durable ? durable_context_ : context_;
    return queues_.try_emplace(std::move(name), context, agent, level).first->second;
}

// --- the other calls
// ----------------------------------------------------------------------------------------------------

void Client::Impl::wait(std::string agent, std::string task_id, Milliseconds timeout, Done<Result<TaskResult>> done) {
    boost::asio::post(engine_.context(), [this, agent = std::move(agent), id = std::move(task_id), timeout,
                                          done = std::move(done)]() mutable {
        group_.spawn(run_wait(std::move(agent), std::move(id), timeout, std::move(done)));
    });
}

void Client::Impl::task(std::string agent, std::string task_id, Done<Result<TaskInfo>> done) {
    boost::asio::post(engine_.context(),
                      [this, agent = std::move(agent), id = std::move(task_id), done = std::move(done)]() mutable {
                          group_.spawn(run_task(std::move(agent), std::move(id), std::move(done)));
                      });
}

void Client::Impl::cancel(std::string agent, std::string task_id, Done<Result<CancelStatus>> done) {
    boost::asio::post(engine_.context(),
                      [this, agent = std::move(agent), id = std::move(task_id), done = std::move(done)]() mutable {
                          group_.spawn(run_cancel(std::move(agent), std::move(id), std::move(done)));
                      });
}

awaitable<Result<Client::Impl::SharedKeys>> Client::Impl::keys_of(std::string const& agent) {
    if (auto const found = known_keys_.find(agent); found != known_keys_.end()) co_return found->second;
    auto const plain = space_.agent(agent);
    auto const store = store::Store(connection_);
    auto const control = co_await store.control(plain);
    if (!control) co_return std::unexpected(control.error());
    auto keys =
        std::make_shared<store::AgentKeys const>(space_.agent(agent, control->results_stream, control->dead_stream));
    if (control->format > 0) known_keys_.emplace(agent, keys);
    co_return keys;
}

awaitable<void> Client::Impl::run_wait(std::string agent, std::string task_id, Milliseconds timeout,
                                       Done<Result<TaskResult>> done) {
    auto const keys = co_await keys_of(agent);
    if (!keys) {
        done(std::unexpected(keys.error()));
        co_return;
    }
    auto result = co_await waiter_.wait(**keys, std::move(task_id), timeout);
    done(std::move(result));
}

awaitable<void> Client::Impl::run_task(std::string agent, std::string task_id, Done<Result<TaskInfo>> done) {
    auto const keys = co_await keys_of(agent);
    if (!keys) {
        done(std::unexpected(keys.error()));
        co_return;
    }
    auto const store = store::Store(connection_);
    auto info = co_await store.task(**keys, task_id);
    done(std::move(info));
}

awaitable<void> Client::Impl::run_cancel(std::string agent, std::string task_id, Done<Result<CancelStatus>> done) {
    auto const keys = co_await keys_of(agent);
    if (!keys) {
        done(std::unexpected(keys.error()));
        co_return;
    }
    auto const store = store::Store(connection_);
    auto status = co_await store.cancel(**keys, task_id);
    done(std::move(status));
}

// --- public face
// --------------------------------------------------------------------------------------------------------

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::Client(ConnectionOptions connection) : Client(ClientOptions{std::move(connection)}) {}
Client::~Client() = default;

boost::asio::any_io_executor Client::executor() const noexcept {
    return impl_->executor();
}

Result<Receipt> Client::dispatch(std::string_view agent, json const& payload, DispatchOptions options) {
    auto text = text_of(payload);
    if (!text) return std::unexpected(std::move(text.error()));
    return dispatch_text(agent, std::move(*text), std::move(options));
}

Result<Receipt> Client::dispatch_text(std::string_view agent, std::string payload_text, DispatchOptions options) {
    auto receipts = blocking<Impl::Receipts>(impl_->on_engine_thread(), [&](Impl::Done<Impl::Receipts> done) {
        impl_->dispatch(std::string(agent), one_task(std::move(payload_text), std::move(options)), std::move(done));
    });
    return std::move(receipts.front());
}

std::vector<Result<Receipt>> Client::dispatch_many(std::string_view agent, std::vector<NewTask> tasks) {
    return blocking<Impl::Receipts>(impl_->on_engine_thread(), [&](Impl::Done<Impl::Receipts> done) {
        impl_->dispatch(std::string(agent), std::move(tasks), std::move(done));
    });
}

Result<TaskResult> Client::wait(std::string_view agent, std::string_view task_id, Milliseconds timeout) {
    return blocking<Result<TaskResult>>(impl_->on_engine_thread(), [&](Impl::Done<Result<TaskResult>> done) {
        impl_->wait(std::string(agent), std::string(task_id), timeout, std::move(done));
    });
}

Result<TaskInfo> Client::task(std::string_view agent, std::string_view task_id) {
    return blocking<Result<TaskInfo>>(impl_->on_engine_thread(), [&](Impl::Done<Result<TaskInfo>> done) {
        impl_->task(std::string(agent), std::string(task_id), std::move(done));
    });
}

Result<CancelStatus> Client::cancel(std::string_view agent, std::string_view task_id) {
    return blocking<Result<CancelStatus>>(impl_->on_engine_thread(), [&](Impl::Done<Result<CancelStatus>> done) {
        impl_->cancel(std::string(agent), std::string(task_id), std::move(done));
    });
}

// Not a default argument: GCC 12 destroys such a temporary twice within a co_await expression.
awaitable<Result<Receipt>> Client::async_dispatch(std::string agent, json payload) {
    DispatchOptions options;
    return async_dispatch(std::move(agent), std::move(payload), std::move(options));
}

awaitable<Result<Receipt>> Client::async_dispatch(std::string agent, json payload, DispatchOptions options) {
    auto text = text_of(payload);
    if (!text) co_return std::unexpected(std::move(text.error()));
    auto tasks = one_task(std::move(*text), std::move(options));
    auto receipts = co_await async_dispatch_many(std::move(agent), std::move(tasks));
    co_return std::move(receipts.front());
}

awaitable<std::vector<Result<Receipt>>> Client::async_dispatch_many(std::string agent, std::vector<NewTask> tasks) {
    return awaiting<Impl::Receipts>([impl = impl_.get(), agent = std::move(agent),
                                     tasks = std::move(tasks)](Impl::Done<Impl::Receipts> done) mutable {
        impl->dispatch(std::move(agent), std::move(tasks), std::move(done));
    });
}

awaitable<Result<TaskResult>> Client::async_wait(std::string agent, std::string task_id, Milliseconds timeout) {
    return awaiting<Result<TaskResult>>([impl = impl_.get(), agent = std::move(agent), id = std::move(task_id),
                                         timeout](Impl::Done<Result<TaskResult>> done) mutable {
        impl->wait(std::move(agent), std::move(id), timeout, std::move(done));
    });
}

awaitable<Result<TaskInfo>> Client::async_task(std::string agent, std::string task_id) {
    return awaiting<Result<TaskInfo>>([impl = impl_.get(), agent = std::move(agent),
                                       id = std::move(task_id)](Impl::Done<Result<TaskInfo>> done) mutable {
        impl->task(std::move(agent), std::move(id), std::move(done));
    });
}

awaitable<Result<CancelStatus>> Client::async_cancel(std::string agent, std::string task_id) {
    return awaiting<Result<CancelStatus>>([impl = impl_.get(), agent = std::move(agent),
                                           id = std::move(task_id)](Impl::Done<Result<CancelStatus>> done) mutable {
        impl->cancel(std::move(agent), std::move(id), std::move(done));
    });
}

}  // namespace leat
