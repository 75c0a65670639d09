#include "leat/worker.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "core/ids.hpp"
#include "leat/version.hpp"
#include "runtime/limits.hpp"
#include "runtime/worker_impl.hpp"
#include "store/open.hpp"

namespace leat {
namespace {

using boost::asio::awaitable;
using runtime::SteadyTime;

redis::ConnectOptions checked_connect_options(WorkerOptions const& options) {
    auto connect = store::connect_options_of(options);
    if (!connect) throw std::invalid_argument(connect.error().message());
    connect->client_name = "leat-worker";
    return *connect;
}

// A key of the user's own choice; it must not be mistaken for an option of a command.
bool is_stream_name(std::string const& name) {
    constexpr std::size_t kBytesMax = 256;
    auto const printable = [](char c) { return c > ' ' && c <= '~'; };
    return !name.empty() && name.size() <= kBytesMax && std::ranges::all_of(name, printable);
}

WorkerOptions checked(WorkerOptions options) {
    auto const refuse = [](std::string const& what) { throw std::invalid_argument("worker: " + what); };
    if (options.handler_threads < 1 || options.handler_threads > 256) refuse("handler_threads must be 1 to 256");
    if (options.grace < Milliseconds(0) || options.grace > std::chrono::hours(24)) refuse("grace must be 0 to 24 h");
    if (!options.name.empty() && !check_name("name", options.name))
        refuse("name must be 1 to 128 characters of A-Z a-z 0-9 _ . : -");
    auto const& door = options.front_door;
    if (door.enabled) {
        if (!is_stream_name(door.stream)) refuse("front_door.stream must be 1 to 256 printable characters");
        if (!door.dead_stream.empty() && !is_stream_name(door.dead_stream))
            refuse("front_door.dead_stream must be 1 to 256 printable characters");
        if (door.stream == door.dead_stream) refuse("front_door.stream and front_door.dead_stream must differ");
    }
    return options;
}

void check_agent_options(std::string const& agent, AgentOptions const& options) {
    auto const refuse = [&agent](char const* what) { throw std::invalid_argument("agent " + agent + ": " + what); };
    if (options.concurrency < 1 || options.concurrency > 100'000) refuse("concurrency must be 1 to 100,000");
    if (options.lease < std::chrono::seconds(1) || options.lease > std::chrono::hours(24))
        refuse("lease must be 1 s to 24 h");
    if (options.timeout <= Milliseconds(0)) refuse("timeout must be above 0");
    if (options.max_retries && (*options.max_retries < 0 || *options.max_retries > Limits::max_retries_max))
        refuse("max_retries must be 0 to 1,000");
    if (options.max_crashes < 0) refuse("max_crashes must be 0 or more");
    if (options.lane_order != LaneOrder::weighted && options.lane_order != LaneOrder::strict)
        refuse("lane_order must be weighted or strict");
    if (options.backoff_base < Milliseconds(0) || options.backoff_cap < options.backoff_base)
        refuse("backoff_cap must be at least backoff_base");
    if (!(options.backoff_factor >= 1.0 && options.backoff_factor <= 10.0)) refuse("backoff_factor must be 1 to 10");
    if (options.backoff_cap > Limits::delay_max) refuse("backoff_cap must be at most 366 days");
    if (options.timeout > Limits::delay_max) refuse("timeout must be at most 366 days");
    if (options.retention < std::chrono::seconds(1) || options.retention > Limits::delay_max)
        refuse("retention must be 1 s to 366 days");
    if (options.result_bytes_max < 1 || options.result_bytes_max > Limits::payload_bytes_max)
        refuse("result_bytes_max must be 1 byte to 16 MiB");
    if (options.results_kept < 0 || options.dead_kept < 0) refuse("results_kept and dead_kept must be 0 or more");
    for (auto const& stream : {options.results_stream, options.dead_stream}) {
        if (!stream.empty() && !is_stream_name(stream))
            refuse("results_stream and dead_stream must be up to 256 printable characters");
    }
    if (!options.dead_stream.empty() && options.dead_stream == options.results_stream)
        refuse("results_stream and dead_stream must differ");
    for (auto const weight : options.lane_weights) {
        if (weight < 1 || weight > tasks::LanePlanner::kWeightMax) refuse("lane_weights must be 1 to 1,000 each");
    }
}

}  // namespace

Worker::Impl::Impl(WorkerOptions options, runtime::Pace pace)
    : options_(checked(std::move(options))),
      random_(core::Random::from_entropy()),
      command_(engine_.get_executor(), checked_connect_options(options_), connection_events(), random_.next()),
      core_{.engine = engine_.get_executor(),
            .connect = checked_connect_options(options_),
            .command = command_,
            .space = store::KeySpace(options_.prefix),
            .consumer = core::consumer_name(core::host_name(), ::getpid(), random_),
            .clock = core::machine_clock(),
            .random = random_,
            .listener = options_.on_event,
            .span_listener = options_.on_span,
            .pace = pace},
      completions_(engine_.get_executor(), [this](auto flights) { finish(std::move(flights)); }),
      connections_(engine_.get_executor()),
      services_(engine_.get_executor()),
      beats_(engine_.get_executor()),
      root_(engine_.get_executor()),
      stop_requested_(engine_.get_executor()),
      watchdog_(engine_.get_executor()),
      signals_(engine_) {}

Worker::Impl::~Impl() = default;

void Worker::Impl::add(std::string agent, Handler handler, AgentOptions options) {
    if (auto const name = check_name("agent name", agent); !name) throw std::invalid_argument(name.error().detail);
    check_agent_options(agent, options);
    if (registrations_.contains(agent)) throw std::logic_error("agent " + agent + " has a handler already");
    registrations_.emplace(std::move(agent), Registration{std::move(handler), std::move(options)});
}

Result<void> Worker::Impl::run() {
    if (registrations_.empty() && !options_.front_door.enabled) {
        return fail(ErrorCode::invalid_input, "worker", "no agent has a handler: call handle() before run()");
    }
    started_at_ = core_.clock.wall_ms();
    root_.spawn(live());
    engine_.run();
    return result_;
}

void Worker::Impl::stop() noexcept {
    boost::asio::post(engine_, [this] { request_stop(); });
}

void Worker::Impl::request_stop() {
    if (!stopping_) {
        stopping_ = true;
    } else if (!hurried_) {
        hurried_ = true;
        for (auto const& agent : agents_)
            agent->hurry();
    }
    stop_requested_.notify();
}

awaitable<void> Worker::Impl::live() {
    if (options_.handle_signals) {
        signals_.add(SIGTERM);
        signals_.add(SIGINT);
        root_.spawn(watch_signals());
    }
    follow_shortest_lease();
    connections_.spawn(command_.run());
    result_ = co_await open();
    if (result_ && !stopping_) co_await serve();
    if (heartbeat_) co_await leave();
    command_.close();
    co_await services_.join();
    co_await connections_.join();
    boost::system::error_code ignored;
    signals_.cancel(ignored);
    core_.emit({.kind = EventKind::worker_stopped, .task = core_.consumer});
}

void Worker::Impl::follow_shortest_lease() {
    auto& longest = core_.connect.reconnect_delay_max;
    for (auto const& [agent, registration] : registrations_)
        longest = std::min(longest, registration.options.lease / runtime::kReconnectsPerLease);
    command_.set_reconnect_delay_max(longest);
}

awaitable<void> Worker::Impl::watch_signals() {
    for (int count = 1;; ++count) {
        auto const [error, signal] = co_await signals_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        if (error) co_return;
        if (count > 1) std::_Exit(128 + signal);  // somebody is in a hurry; leases bring back what ran
        request_stop();
    }
}

awaitable<Result<void>> Worker::Impl::open() {
    while (!stopping_) {
        auto opened = co_await check_server();
        if (opened) co_return opened;
        auto const code = opened.error().code;
        if (code == ErrorCode::denied || code == ErrorCode::unsupported || code == ErrorCode::corrupt) co_return opened;
        auto const detail = opened.error().message();
        core_.emit({.kind = EventKind::service_error, .task = "worker", .detail = detail, .count = 1});
        co_await stop_requested_.wait_for(core_.jittered(runtime::kRetryPauseMax));
    }
    co_return Result<void>{};
}

awaitable<Result<void>> Worker::Impl::check_server() {
    auto const facts = co_await store::server_facts(command_);
    if (!facts) co_return std::unexpected(facts.error());
    if (!store::is_supported(*facts)) {
        co_return fail(ErrorCode::unsupported, "worker",
                       "the server is " + facts->kind + " " + facts->version +
                           "; Redis 7.0 or later is needed, or Valkey 8 or later");
    }
    if (!facts->maxmemory_policy.empty() && facts->maxmemory_policy != "noeviction") {
        auto const advice = "the server's maxmemory-policy is " + facts->maxmemory_policy +
                            ": it would delete tasks. Set it to noeviction (CONFIG SET maxmemory-policy noeviction)";
        if (!options_.allow_eviction) co_return fail(ErrorCode::unsupported, "worker", advice);
        core_.emit({.kind = EventKind::server_warning, .detail = advice});
    }
    if (!facts->aof_enabled) {
        core_.emit({.kind = EventKind::server_warning,
                    .detail = "the server keeps no append-only file (appendonly no): a crash of it loses tasks"});
    }
    if (!heartbeat_) {
        heartbeat_ = std::make_unique<runtime::Heartbeat>(
            core_, [this] { return describe(); }, [this](std::string_view how) { data_reset(how); });
    }
    auto beaten = co_await heartbeat_->beat();
    if (beaten) server_start_ = {heartbeat_->server_ms(), facts->uptime_s, heartbeat_->data_since_ms()};
    co_return beaten;
}

void Worker::Impl::start_services() {
    host_ = std::make_unique<runtime::CoroutineHost>(options_.handler_threads);
    for (auto& [agent, registration] : registrations_) {
        agents_.push_back(std::make_unique<runtime::AgentService>(core_, agent, registration.handler,
                                                                  registration.options, *host_, completions_));
        agents_.back()->on_server_start(server_start_);
    }
    script_keeper_ = std::make_unique<runtime::ScriptKeeper>(core_);
    janitor_ = std::make_unique<runtime::Janitor>(core_, agents_);
    depth_recorder_ = std::make_unique<runtime::DepthRecorder>(core_, agents_);
    listener_ = std::make_unique<runtime::ControlListener>(core_, agents_);
    if (options_.front_door.enabled) front_door_ = std::make_unique<runtime::FrontDoor>(core_, options_.front_door);
}

awaitable<void> Worker::Impl::serve() {
    start_services();
    for (auto const& agent : agents_) {
        while (!stopping_) {
            result_ = co_await agent->prepare();
            if (result_) break;
            if (result_.error().code == ErrorCode::unsupported || result_.error().code == ErrorCode::denied) co_return;
            co_await stop_requested_.wait_for(core_.jittered(runtime::kRetryPauseMax));
        }
    }
    if (stopping_) co_return;
    for (auto const& agent : agents_)
        agent->start(services_);
    beats_.spawn(heartbeat_->run());
    services_.spawn(script_keeper_->run());
    services_.spawn(janitor_->run());
    services_.spawn(depth_recorder_->run());
    services_.spawn(listener_->run());
    services_.spawn(watch_agents());
    if (front_door_) services_.spawn(front_door_->run());
    core_.emit({.kind = EventKind::worker_started, .task = core_.consumer});
    while (!stopping_)
        co_await stop_requested_.wait();
    co_await drain();
}

// The order matters: no new work, then give back what nobody has started, then let the rest finish under renewed
// leases, then interrupt; leases and heartbeats end last, so that no other worker takes a draining one for dead.
awaitable<void> Worker::Impl::drain() {
    draining_ = true;
    core_.emit({.kind = EventKind::worker_draining, .task = core_.consumer});
    heartbeat_->notify();
    if (front_door_) front_door_->stop();
    for (auto const& agent : agents_)
        agent->stop_intake();
    for (auto const& agent : agents_)
        co_await agent->release_unstarted();
    auto const grace_ends = core_.now() + options_.grace;
    for (auto const& agent : agents_)
        co_await agent->wait_empty(grace_ends);
    for (auto const& agent : agents_)
        agent->interrupt_all(CancelReason::shutdown);
    auto const interruption_ends = core_.now() + core_.pace.drain_cancel_grace;
    for (auto const& agent : agents_)
        co_await agent->wait_empty(interruption_ends);
    for (auto const& agent : agents_)
        co_await agent->release_stuck();
    if (!hurried_) result_ = told_stuck();

    for (auto const& agent : agents_)
        agent->stop();
    janitor_->stop();
    depth_recorder_->stop();
    script_keeper_->stop();
    listener_->stop();
    watchdog_.notify();
    if (!command_.connected()) command_.close();  // nobody to wait for
    for (auto const& agent : agents_)
        co_await agent->join();
    heartbeat_->stop();
    co_await beats_.join();
}

Result<void> Worker::Impl::told_stuck() const {
    int stuck = 0;
    for (auto const& agent : agents_)
        stuck += agent->running();
    if (stuck == 0) return {};
    return fail(ErrorCode::timeout, "worker",
                "handlers that ignored their interruption and still run: " + std::to_string(stuck) +
                    ". Whoever destroys the worker waits for those that block a thread");
}

awaitable<void> Worker::Impl::leave() {
    // What still holds something keeps its consumer: the lease brings it back.
    auto const store = core_.store();
    for (auto const& agent : agents_) {
        auto const held = co_await store.prune_consumer(agent->keys(), core_.consumer);
        if (!held) co_return;
    }
    auto const forgotten = co_await store::forget_worker(command_, core_.space, core_.consumer);
    if (!forgotten) co_return;  // its hash lapses by itself
}

awaitable<void> Worker::Impl::watch_agents() {
    while (!draining_) {
        co_await watchdog_.wait_for(core_.pace.block);
        for (auto const& agent : agents_)
            agent->watch();
    }
}

void Worker::Impl::data_reset(std::string_view how) {
    core_.emit({.kind = EventKind::data_reset, .detail = how});
    for (auto const& agent : agents_)
        agent->on_data_reset();
}

store::WorkerBeat Worker::Impl::describe() const {
    store::WorkerBeat beat;
    beat.consumer = core_.consumer;
    beat.host = core::host_name();
    beat.name = options_.name.empty() ? beat.host : options_.name;
    beat.version = LEAT_VERSION;
    beat.pid = ::getpid();
    beat.started_at = started_at_;
    beat.rss_bytes = runtime::resident_bytes();
    beat.draining = draining_;
    for (std::size_t kind = 0; kind < core_.told.size(); ++kind) {
        if (core_.told[kind] > 0) beat.events.emplace(to_string(static_cast<EventKind>(kind)), core_.told[kind]);
    }
    for (auto const& agent : agents_)
        beat.agents.push_back({agent->agent(), agent->slots(), agent->running(), agent->oldest_started_at()});
    return beat;
}

void Worker::Impl::finish(std::vector<std::shared_ptr<runtime::Flight>> flights) {
    // Flights of one agent mostly come in a row: each row is one call.
    std::vector<std::shared_ptr<runtime::Flight>> row;
    for (auto& flight : flights) {
        if (!row.empty() && row.front()->service != flight->service) {
            row.front()->service->finish(row);
            row.clear();
        }
        row.push_back(std::move(flight));
    }
    if (!row.empty()) row.front()->service->finish(row);
}

redis::ConnectionEvents Worker::Impl::connection_events() {
    redis::ConnectionEvents events;
    events.on_connected = [this](redis::ServerInfo const& server) {
        core_.emit({.kind = EventKind::connected, .detail = server.version});
        auto const before = std::exchange(server_address_, server.address);
        if (!before.empty() && before != server_address_) {
            auto const detail = before + " → " + server_address_ + "; what the new server had not received is lost";
            core_.emit({.kind = EventKind::failover, .detail = detail});
        }
        if (script_keeper_) script_keeper_->notify();
        if (heartbeat_) heartbeat_->notify();  // looks whether the data are still the same
        for (auto const& agent : agents_)
            agent->on_reconnected();
    };
    events.on_disconnected = [this](Error const& error, int failures) {
        auto const detail = error.message();
        core_.emit({.kind = EventKind::disconnected, .detail = detail, .count = failures});
    };
    return events;
}

Worker::Worker(WorkerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Worker::Worker(ConnectionOptions connection) : Worker(WorkerOptions{std::move(connection)}) {}
Worker::~Worker() = default;
void Worker::add(std::string agent, Handler handler, AgentOptions options) {
    impl_->add(std::move(agent), std::move(handler), std::move(options));
}
Result<void> Worker::run() {
    return impl_->run();
}
void Worker::stop() noexcept {
    impl_->stop();
}
std::string const& Worker::consumer() const noexcept {
    return impl_->consumer();
}

}  // namespace leat
