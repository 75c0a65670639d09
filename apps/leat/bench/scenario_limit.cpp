// The ceiling: what Redis itself can do at these semantics.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <stdexcept>
#include <utility>

#include "async/io_thread.hpp"
#include "async/task_group.hpp"
#include "bench/workload.hpp"
#include "core/clock.hpp"
#include "core/histogram.hpp"
#include "core/ids.hpp"
#include "redis/connection.hpp"
#include "store/open.hpp"
#include "store/store.hpp"

namespace leat::cli::bench {
namespace {

using boost::asio::awaitable;

constexpr std::string_view kConsumer = "bench.12345.abcdef";
constexpr std::string_view kResult = "null";  // as the handlers of `noop` answer
constexpr int kBatchLoops = 4;                // batches under way: Redis always has the next one before it
constexpr std::int64_t kMsPerMinute = 60'000;

struct Steps {
    bool dispatch = false;
    bool work = false;
};

// A few loops on one connection, each with one batch in hand: dispatch it, or fetch and settle one, or both.
class Replay {
  public:
    Replay(ScenarioOptions const& options, redis::ConnectOptions connect)
        : options_(options),
          batch_(static_cast<std::int64_t>(std::max<std::size_t>(options.batch, 1))),
          keys_(store::KeySpace(options.connection.prefix).agent("limit")),
          ids_(core::Random::from_entropy()),
          engine_("leat-limit"),
          connection_(engine_.context().get_executor(), std::move(connect)),
          group_(engine_.context().get_executor()) {
        boost::asio::post(engine_.context(), [this] { group_.spawn(connection_.run()); });
        boost::asio::co_spawn(engine_.context(), prepare(), boost::asio::use_future).get();
    }
    ~Replay() { boost::asio::co_spawn(engine_.context(), close(), boost::asio::use_future).get(); }
    Replay(Replay const&) = delete;
    Replay& operator=(Replay const&) = delete;

    // Blocks until so many batches have gone through the steps.
    void run(std::int64_t batches, Steps steps) {
        left_ = batches;
        boost::asio::co_spawn(engine_.context(), run_loops(steps), boost::asio::use_future).get();
    }

  private:
    awaitable<void> prepare() {
        auto const space = store::KeySpace(options_.connection.prefix);
        auto const registered = co_await store().register_agent(space, keys_, std::chrono::seconds(30));
        if (!registered) throw std::runtime_error(registered.error().message());
    }
    awaitable<void> close() {
        connection_.close();
        co_await group_.join();
    }
    awaitable<void> run_loops(Steps steps) {
        async::TaskGroup loops(engine_.context().get_executor());
        for (int i = 0; i < kBatchLoops; ++i)
            loops.spawn(loop(steps));
        co_await loops.join();
    }
    awaitable<void> loop(Steps steps) {
        while (left_-- > 0) {
            if (steps.dispatch) co_await dispatch();
            if (steps.work) co_await work();
        }
    }
    awaitable<void> dispatch() {
        std::vector<store::DispatchItem> items(static_cast<std::size_t>(batch_));
        for (auto& item : items) {
            item.id = ids_.next(core::machine_clock().wall_ms());
            item.payload = stamped_payload(options_.payload_bytes);
        }
        auto const stored = co_await store().dispatch(keys_, items, std::nullopt);
        if (!stored) throw std::runtime_error(stored.error().message());
    }
    // There is a batch: no loop fetches more than was dispatched before it.
    awaitable<void> work() {
        std::array const credits{store::LaneCredit{Lane::normal, batch_}};
        auto const deliveries = co_await store().fetch(keys_, kConsumer, credits);
        if (!deliveries) throw std::runtime_error(deliveries.error().message());
        auto const now_ms = core::machine_clock().wall_ms();
        std::vector<store::Settlement> settlements;
        for (auto const& delivery : *deliveries) {
            store::Settlement settlement;
            settlement.held = {delivery.lane, delivery.entry_id, delivery.count, delivery.message.task_id};
            settlement.text = kResult;
            settlement.created_at = delivery.message.created_at;
            settlement.started_at = now_ms;
            settlement.payload = delivery.message.payload;
            settlements.push_back(settlement);
        }
        auto const count = std::ssize(settlements);
        std::vector<std::pair<std::string, std::int64_t>> const increments{{core::Histogram::field("run", 0), count},
                                                                           {core::Histogram::field("wait", 8), count}};
        auto const settled = co_await store().settle(keys_, kConsumer, settlements, store::SettlePolicy{},
                                                     now_ms / kMsPerMinute, increments);
        if (!settled) throw std::runtime_error(settled.error().message());
        for (auto const status : *settled)
            if (status != store::SettleStatus::settled) throw std::runtime_error("a task was not settled");
    }
    [[nodiscard]] store::Store store() { return store::Store(connection_); }

    ScenarioOptions const& options_;
    std::int64_t batch_;
    store::AgentKeys keys_;
    core::IdGenerator ids_;
    std::int64_t left_ = 0;
    async::IoThread engine_;
    redis::Connection connection_;
    async::TaskGroup group_;
};

}  // namespace

std::vector<Phase> run_limit(ScenarioOptions const& options) {
    ServerProbe probe(options.connection);
    if (options.private_server) probe.watch_slow_calls();
    auto connect = store::connect_options_of(options.connection);
    if (!connect) throw std::runtime_error(connect.error().message());
    Replay replay(options, std::move(*connect));
    auto const batches = std::max<std::int64_t>(1, options.tasks / static_cast<std::int64_t>(options.batch));
    auto const tasks = batches * static_cast<std::int64_t>(options.batch);

    std::vector<Phase> phases;
    struct Step {
        std::string_view name;
        Steps steps;
    };
    for (auto const& step : {Step{"dispatch", {.dispatch = true}}, Step{"drain", {.work = true}},
                             Step{"both", {.dispatch = true, .work = true}}}) {
        tell(options, std::string(step.name) + " of " + with_commas(tasks) + " tasks");
        PhaseTimer timer(probe, std::string(step.name));
        replay.run(batches, step.steps);
        phases.push_back(timer.finish(tasks));
    }
    return phases;
}

}  // namespace leat::cli::bench
