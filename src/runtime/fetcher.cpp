#include "runtime/fetcher.hpp"

#include <algorithm>
#include <utility>

namespace leat::runtime {
namespace {

using boost::asio::awaitable;

// Groups that somebody deletes again and again are created again at most this often.
constexpr std::chrono::milliseconds kMendingPause{1'000};

redis::ConnectOptions fetch_options(WorkerCore const& core, std::string_view agent) {
    auto options = core.connect;
    options.client_name = "leat-fetch-" + std::string(agent);
    return options;
}

}  // namespace

Fetcher::Fetcher(WorkerCore& core, store::AgentKeys const& keys, AgentOptions const& options, ReadBudget& budget,
                 Hooks hooks)
    : Service(core, "fetcher"),
      keys_(keys),
      budget_(budget),
      hooks_(std::move(hooks)),
      connection_(core.engine, fetch_options(core, keys.agent), {}, core.random.next()),
      planner_(options.lane_order, options.lane_weights),
      group_(core.engine),
      interrupter_(core, connection_, group_),
      next_mending_(core.now()),
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
    if (!may_fetch() || !connection_.connected() || hooks_.free_slots() <= 0) {
        last_life_ = core_.now();
        return false;
    }
    if (core_.now() - last_life_ < core_.pace.watchdog_silence) return false;
    last_life_ = core_.now();
    connection_.drop("the fetch loop was silent for too long");
    return true;
}

awaitable<void> Fetcher::loop() {
    while (!stopping_) {
        last_life_ = core_.now();
        int const most = most_now();
        if (paused_ || most <= 0) {
            co_await wake_.wait();
            continue;
        }
        bool const idle = planner_.all_empty();
        auto done = Result<void>{};
        if (idle) {
            done = co_await block(most);
        } else {
            done = co_await round(most);
        }
        if (done) {
            succeeded();
        } else {
            auto error = std::move(done.error());
            hooks_.failed(error.code);
            co_await pause_after(std::move(error), keys_.agent);
        }
    }
}

int Fetcher::most_now() const {
    return std::min(hooks_.free_slots(), static_cast<int>(budget_.entries()));
}

awaitable<Result<void>> Fetcher::round(int most) {
    std::vector<store::LaneCredit> credits;
    for (auto const& credit : planner_.plan(most))
        credits.push_back({credit.lane, credit.count});
    auto const store = store::Store(connection_);
    auto groups = mending();
    auto deliveries = co_await store.fetch(keys_, core_.consumer, credits, &groups);
    mended(groups);
    if (!deliveries) co_return std::unexpected(std::move(deliveries.error()));
    for (auto const& credit : credits) {
        auto const got = std::ranges::count(*deliveries, credit.lane, &store::Delivery::lane);
        planner_.report(credit.lane, static_cast<int>(credit.count), static_cast<int>(got));
    }
    if (deliveries->empty()) co_return Result<void>{};
    budget_.replied(deliveries->size(), largest_of(*deliveries));
    hooks_.accept(std::move(*deliveries));
    co_return Result<void>{};
}

awaitable<Result<void>> Fetcher::block(int most) {
    // COUNT is per lane: a quarter each keeps the sum within the slots. With fewer than four slots more may come than
    // there are; accept() gives the surplus back at once.
    auto const count = std::max<int>(1, most / static_cast<int>(kLanes));
    auto const store = store::Store(connection_);
    auto groups = mending();
    interrupter_.read_begins();
    auto deliveries = co_await store.fetch_blocking(keys_, core_.consumer, count, core_.pace.block, &groups);
    interrupter_.read_ended();
    mended(groups);
    if (!deliveries) co_return std::unexpected(std::move(deliveries.error()));
    if (deliveries->empty()) co_return Result<void>{};
    budget_.replied(deliveries->size(), largest_of(*deliveries));
    for (auto const lane : {Lane::critical, Lane::high, Lane::normal, Lane::low}) {
        auto const got = static_cast<int>(std::ranges::count(*deliveries, lane, &store::Delivery::lane));
        if (got > 0) planner_.report(lane, count, got);
    }
    hooks_.accept(std::move(*deliveries));
    co_return Result<void>{};
}

store::GroupMending Fetcher::mending() const {
    return {.allowed = core_.now() >= next_mending_, .created = 0};
}

void Fetcher::mended(store::GroupMending const& mending) {
    if (mending.created == 0) return;
    next_mending_ = core_.now() + kMendingPause;
    core_.emit({.kind = EventKind::groups_mended, .agent = keys_.agent, .count = mending.created});
    hooks_.groups_lost();
}

void Fetcher::interrupt_read() {
    interrupter_.interrupt([this] { return may_fetch(); });
}

}  // namespace leat::runtime
