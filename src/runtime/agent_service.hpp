#pragma once
// Everything one worker does for one agent: its services, what it holds, and the life of each flight.
//
//   fetched or reclaimed → accept → launched → handler returns → ruled → settled (or released, or dropped)
//
// A flight keeps its slot until its handler has returned, and its lease until its verdict is recorded.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "async/signal.hpp"
#include "async/task_group.hpp"
#include "leat/event.hpp"
#include "leat/handler.hpp"
#include "leat/options.hpp"
#include "runtime/auditor.hpp"
#include "runtime/completion_queue.hpp"
#include "runtime/coroutine_host.hpp"
#include "runtime/deadline_keeper.hpp"
#include "runtime/fetcher.hpp"
#include "runtime/in_hand.hpp"
#include "runtime/launcher.hpp"
#include "runtime/lease_keeper.hpp"
#include "runtime/read_budget.hpp"
#include "runtime/reclaimer.hpp"
#include "runtime/recoverer.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/settler.hpp"
#include "runtime/task_log.hpp"
#include "runtime/worker_core.hpp"
#include "store/keys.hpp"
#include "store/store.hpp"
#include "tasks/judge.hpp"

namespace leat::runtime {

class AgentService {
  public:
    // `host` runs coroutine handlers, `completions` brings finished flights back to finish(). All outlive this object.
    AgentService(WorkerCore& core, std::string agent, Handler handler, AgentOptions options, CoroutineHost& host,
                 CompletionQueue& completions);
    ~AgentService();

    // Creates the agent's keys and reads its control hash. Errors as Store::register_agent.
    [[nodiscard]] boost::asio::awaitable<Result<void>> prepare();
    // Starts the services.
    void start(async::TaskGroup& group);

    // --- drain, in this order; see Worker ---
    void stop_intake();  // no more fetching, reclaiming, promoting
    [[nodiscard]] boost::asio::awaitable<void> release_unstarted();
    [[nodiscard]] boost::asio::awaitable<void> wait_empty(SteadyTime until);
    void hurry();  // ends every wait_empty(), also later ones
    void interrupt_all(CancelReason reason);
    [[nodiscard]] boost::asio::awaitable<void> release_stuck();  // handlers that ignored the interruption
    void stop();                                                 // settler, lease keeper, deadlines
    [[nodiscard]] boost::asio::awaitable<void> join();           // releases, adoptions and quarantines under way

    // Flights whose handler came back, on the engine.
    void finish(std::vector<std::shared_ptr<Flight>> const& flights);

    void on_control(store::ControlMessage const& message);
    // Reads the control hash again; after a (re)connection and on `policy`.
    [[nodiscard]] boost::asio::awaitable<void> refresh_control();
    // What is known of the server's start, before start().
    void on_server_start(ServerStart const& start);
    // The connection is there again after a loss.
    void on_reconnected();
    // Redis' data are not those of a moment ago: creates the agent's keys again and audits.
    void on_data_reset();
    // Restarts what has been silent for too long.
    void watch();

    [[nodiscard]] store::AgentKeys const& keys() const noexcept { return keys_; }
    [[nodiscard]] std::string const& agent() const noexcept { return keys_.agent; }
    [[nodiscard]] int slots() const noexcept { return options_.concurrency; }
    [[nodiscard]] int running() const noexcept { return running_; }
    // When the longest running attempt started, by the server's clock, ms since the epoch; 0 where none runs.
    [[nodiscard]] std::int64_t oldest_started_at() const;

  private:
    [[nodiscard]] int free_slots();
    void read_failed(ErrorCode code);
    void accept(std::vector<store::Delivery> deliveries);
    [[nodiscard]] std::shared_ptr<Flight> make_flight(store::Delivery delivery);
    void launch(std::vector<std::shared_ptr<Flight>> flights);
    [[nodiscard]] boost::asio::awaitable<void> rebuild();

    void rule(std::shared_ptr<Flight> const& flight);
    void interrupt(std::shared_ptr<Flight> const& flight, CancelReason reason);
    void give_up(std::shared_ptr<Flight> const& flight);
    void stuck(std::shared_ptr<Flight> const& flight);
    void lose(std::shared_ptr<Flight> const& flight, std::string_view why);
    void message_missing(std::shared_ptr<Flight> const& flight);
    void drop(std::shared_ptr<Flight> const& flight);
    void recorded(std::shared_ptr<Flight> const& flight, tasks::Ruling const& ruling, store::SettleStatus status);
    void forget(std::shared_ptr<Flight> const& flight);
    void conclude(Flight& flight, EventKind kind, tasks::Ruling const& ruling) const;
    void slot_freed();

    [[nodiscard]] boost::asio::awaitable<void> release(std::vector<std::shared_ptr<Flight>> flights);
    [[nodiscard]] boost::asio::awaitable<void> restore(std::shared_ptr<Flight> flight, tasks::Ruling ruling);
    [[nodiscard]] boost::asio::awaitable<void> release_surplus(std::vector<store::Delivery> deliveries);
    [[nodiscard]] boost::asio::awaitable<void> adopt(store::Delivery delivery);
    [[nodiscard]] boost::asio::awaitable<void> quarantine(store::Delivery delivery);

    WorkerCore& core_;
    AgentOptions const options_;
    store::AgentKeys const keys_;
    TaskLog log_;
    Launcher launcher_;

    FlightList flights_;  // everything held, oldest first
    InHand in_hand_;      // that, and what is being given back, adopted or put aside
    int running_ = 0;     // slots in use
    ReadBudget read_budget_;
    async::Signal emptied_;
    bool stopping_ = false;
    bool hurried_ = false;
    bool throttled_ = false;  // too many verdicts wait for their recording

    async::TaskGroup chores_;  // releases, adoptions, quarantines
    Settler settler_;
    LeaseKeeper lease_keeper_;
    DeadlineKeeper deadline_keeper_;
    Fetcher fetcher_;
    Reclaimer reclaimer_;
    Scheduler scheduler_;
    Recoverer recoverer_;
    Auditor auditor_;
};

}  // namespace leat::runtime
