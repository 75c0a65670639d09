#include "runtime/fetcher.hpp"

#include <algorithm>
#include <utility>

namespace leat::runtime {
namespace {

using boost::asio::awaitable;

// How often an interruption is repeated: the server may get it just before the read blocks.
constexpr std::chrono::milliseconds kUnblockEvery{50};

redis::ConnectOptions fetch_options(WorkerCore const& core, std::string_view agent) {
    auto options = core.connect;
    options.client_name = "leat-fetch-" + std::string(agent);
    return options;
}

}  // namespace

Fetcher::Fetcher(WorkerCore& core, store::AgentKeys const& keys, AgentOptions const& options, FreeSlots free_slots,
                 Accept accept)
    : Service(core, "fetcher"),
      keys_(keys),
      free_slots_(std::move(free_slots)),
      accept_(std::move(accept)),
      connection_(core.engine, fetch_options(core, keys.agent), {}, core.random.next()),
      planner_(options.lane_order, options.lane_weights),
      group_(core.engine),
      read_ended_(core.engine),
      last_life_(core.now()) {}

awaitable<void> Fetcher::run() {
    group_.spawn(connection_.run());
    co_await loop();
    connection_.close();
    co_await group_.join();
}

void Fetcher::stop() {
    if (stopping_) return;
    Service::stop();
    interrupt_read();
}

void Fetcher::set_paused(bool paused) {
    if (paused_ == paused) return;
    paused_ = paused;
    if (paused_) {
        interrupt_read();
    } else {
        planner_.woken();
    }
    notify();
}

bool Fetcher::watch() {
    if (!may_fetch() || !connection_.connected() || free_slots_() <= 0) {
        last_life_ = core_.now();
        return false;
    }
    if (core_.now() - last_life_ < kWatchdogSilence) return false;
    last_life_ = core_.now();
    connection_.drop("the fetch loop was silent for too long");
    return true;
}

awaitable<void> Fetcher::loop() {
    while (!stopping_) {
        last_life_ = core_.now();
        int const free = free_slots_();
        if (paused_ || free <= 0) {
            co_await wake_.wait();
            continue;
        }
        bool const idle = planner_.all_empty();
        auto done = Result<void>{};
        if (idle) {
            done = co_await block(free);
        } else {
            done = co_await round(free);
        }
        if (done) {
            succeeded();
        } else {
            auto error = std::move(done.error());
            co_await pause_after(std::move(error), keys_.agent);
        }
    }
}

awaitable<Result<void>> Fetcher::round(int free) {
    std::vector<store::LaneCredit> credits;
    for (auto const& credit : planner_.plan(free))
        credits.push_back({credit.lane, credit.count});
    auto const store = store::Store(connection_);
    auto deliveries = co_await store.fetch(keys_, core_.consumer, credits);
    if (!deliveries) co_return std::unexpected(std::move(deliveries.error()));
    for (auto const& credit : credits) {
        auto const got = std::ranges::count(*deliveries, credit.lane, &store::Delivery::lane);
        planner_.report(credit.lane, static_cast<int>(credit.count), static_cast<int>(got));
    }
    if (!deliveries->empty()) accept_(std::move(*deliveries));
    co_return Result<void>{};
}

awaitable<Result<void>> Fetcher::block(int free) {
    // COUNT is per lane: a quarter each keeps the sum within the slots. With fewer than four slots more may come than
    // there are; accept() gives the surplus back at once.
    auto const count = std::max<int>(1, free / static_cast<int>(kLanes));
    auto const store = store::Store(connection_);
    blocked_ = true;
    auto deliveries = co_await store.fetch_blocking(keys_, core_.consumer, count, kBlock);
    blocked_ = false;
    read_ended_.notify();
    if (!deliveries) co_return std::unexpected(std::move(deliveries.error()));
    if (deliveries->empty()) co_return Result<void>{};
    for (auto const lane : {Lane::critical, Lane::high, Lane::normal, Lane::low}) {
        auto const got = static_cast<int>(std::ranges::count(*deliveries, lane, &store::Delivery::lane));
        if (got > 0) planner_.report(lane, count, got);
    }
    accept_(std::move(*deliveries));
    co_return Result<void>{};
}

void Fetcher::interrupt_read() {
    if (!blocked_ || unblocking_) return;
    unblocking_ = true;
    group_.spawn(unblock());
}

awaitable<void> Fetcher::unblock() {
    // Asking the server keeps replies in order: what it had handed out already still arrives and is given back. Closing
    // the socket instead could strand a delivery until its lease ends.
    while (blocked_ && !may_fetch()) {
        redis::Command command("CLIENT");
        command.args("UNBLOCK", connection_.server().client_id);
        redis::ExecOptions options;
        options.queue_timeout = kUnblockEvery;
        auto const reply = co_await core_.command.exec(std::move(command), options);
        if (!reply && !core_.command.connected()) {
            connection_.close();  // nobody to ask: Redis is away, the read can only end by itself
            break;
        }
        if (blocked_) co_await read_ended_.wait_for(kUnblockEvery);
    }
    unblocking_ = false;
}

}  // namespace leat::runtime
