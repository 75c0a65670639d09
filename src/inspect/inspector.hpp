#pragma once
// Inspector: the one read-and-admin model behind the command line and the dashboard. Worker hot paths never use it.
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/doctor.hpp"
#include "inspect/model.hpp"
#include "leat/client.hpp"
#include "leat/error.hpp"
#include "redis/connection.hpp"
#include "store/keys.hpp"

namespace leat::inspect {

// All functions on the connection's thread, which outlives the inspector. Errors of every function: `invalid_input` for
// a malformed agent name, task id or cursor, those of redis::Connection::exec, and `corrupt`. Every call is bounded,
// see store/store_inspect.hpp.
class Inspector {
  public:
    static constexpr std::size_t kAtOnce = 16;  // agents asked about side by side

    explicit Inspector(redis::Connection& connection, std::string prefix = "leat");

    // --- agents ---
    // Registered agents by name, from behind `cursor` on. Cost: three round trips per kAtOnce agents.
    [[nodiscard]] boost::asio::awaitable<Result<AgentPage>> agents(std::string cursor, std::int64_t limit) const;
    // One agent with its totals; also one that nobody knows (AgentCondition::unknown).
    [[nodiscard]] boost::asio::awaitable<Result<AgentInfo>> agent(std::string name) const;
    // The first `limit` agents, all of it; O(agents), never O(tasks). Cost: four round trips per kAtOnce agents.
    [[nodiscard]] boost::asio::awaitable<Result<Overview>> overview(std::int64_t limit) const;
    // Idempotent. Works for agents that nobody knows yet.
    [[nodiscard]] boost::asio::awaitable<Result<void>> set_paused(std::string agent, bool paused) const;
    // The last `count` minutes, the current one included.
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<store::MinuteCounters>>> minutes(std::string agent,
                                                                                             std::int64_t count) const;

    // --- workers and what they hold ---
    [[nodiscard]] boost::asio::awaitable<Result<WorkerPage>> workers(std::int64_t limit) const;
    // Of one agent, or of all registered ones where `agent` is empty.
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<AgentPending>>> pending(std::string agent) const;
    // Of registered agents by name, from behind `cursor` on.
    [[nodiscard]] boost::asio::awaitable<Result<PendingPage>> pending_page(std::string cursor,
                                                                           std::int64_t limit) const;

    // --- tasks ---
    // Errors also: not_found.
    [[nodiscard]] boost::asio::awaitable<Result<TaskInfo>> task(std::string agent, std::string task_id) const;
    [[nodiscard]] boost::asio::awaitable<Result<store::TaskPage>> tasks(std::string agent,
                                                                        store::TaskSearch search) const;
    // How the task's attempts ended, see StoreInspect::attempts. Errors also: not_found.
    [[nodiscard]] boost::asio::awaitable<Result<store::AttemptHistory>> attempts(TaskInfo const& task) const;
    // What the task's handler said, oldest first: behind `cursor`, or (empty) from its dispatch on. See
    // store::read_log. Errors also: not_found, where there is no cursor.
    [[nodiscard]] boost::asio::awaitable<Result<store::LogPage>> task_log(std::string agent, std::string task_id,
                                                                          std::string cursor, std::int64_t limit) const;
    // How many tasks start before this one; none where it is not ready. Errors also: not_found.
    [[nodiscard]] boost::asio::awaitable<Result<std::optional<store::TasksAhead>>> ahead(std::string agent,
                                                                                         std::string task_id) const;
    // Errors also: not_found.
    [[nodiscard]] boost::asio::awaitable<Result<CancelStatus>> cancel(std::string agent, std::string task_id) const;
    // Brings a dead task back. Errors also: not_found.
    [[nodiscard]] boost::asio::awaitable<Result<RetryReply>> retry(std::string agent, std::string task_id) const;
    // Moves a waiting task to the lane of `priority`. Errors also: not_found.
    [[nodiscard]] boost::asio::awaitable<Result<store::ReprioritiseStatus>> move(std::string agent, std::string task_id,
                                                                                 std::int64_t priority) const;

    // --- results ---
    [[nodiscard]] boost::asio::awaitable<Result<store::ResultPage>> results(std::string agent, std::string cursor,
                                                                            std::int64_t limit) const;
    // See StoreInspect::results_after: a wait holds up the connection.
    [[nodiscard]] boost::asio::awaitable<Result<store::ResultPage>> results_after(
        std::string agent, std::string entry, std::int64_t limit, std::chrono::milliseconds block) const;

    // --- dead letters ---
    // `payload_bytes`: what is kept of each payload.
    [[nodiscard]] boost::asio::awaitable<Result<store::DeadPage>> dead(
        std::string agent, std::string cursor, std::int64_t limit,
        std::size_t payload_bytes = store::kPreviewBytes) const;
    // By the letter's entry id or the task's id. Errors also: not_found.
    [[nodiscard]] boost::asio::awaitable<Result<store::DeadLetter>> dead_letter(std::string agent,
                                                                                std::string id) const;
    // Brings one letter's task back; `id` as in dead_letter(). `payload`: JSON text instead of the letter's, empty: the
    // letter's. Errors also: not_found.
    [[nodiscard]] boost::asio::awaitable<Result<store::ReplayStatus>> replay(std::string agent, std::string id,
                                                                             std::string payload = {}) const;
    // Brings back every open letter that the request takes, oldest first, as far as the letters reach when it starts.
    // `on_progress` is called after each batch. Stopping half-way is harmless; running it again goes on.
    [[nodiscard]] boost::asio::awaitable<Result<ReplayReport>> replay_all(
        ReplayRequest request, std::function<void(ReplayReport const&)> on_progress) const;
    // Removes letters older than `age` by the server's clock (none: all), replayed or not, and answers how many. Their
    // tasks stay dead.
    [[nodiscard]] boost::asio::awaitable<Result<std::int64_t>> purge(
        std::string agent, std::optional<std::chrono::milliseconds> age) const;

    // --- audit ---
    // One pass over the agent: O(its tasks) in slices that are cheap for a live system; repairs unless it shall only
    // look. Tasks whose message is gone are reported; a worker closes them when it is sure. Safe beside anything.
    [[nodiscard]] boost::asio::awaitable<Result<AuditReport>> audit(std::string agent, store::AuditMode mode) const;

    // --- server ---
    // Its clock, ms since the epoch.
    [[nodiscard]] boost::asio::awaitable<Result<std::int64_t>> server_time() const;
    [[nodiscard]] boost::asio::awaitable<Result<store::ServerFacts>> server() const;
    // Everything that the doctor's rules go by, of one agent or (empty) of all registered ones; what this user may not
    // read is left unknown. Reads only. Cost: about ten round trips, and eight for each kAtOnce agents.
    [[nodiscard]] boost::asio::awaitable<Result<DoctorFacts>> examine(std::string agent) const;

  private:
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<store::PendingByWorker>>> pending_of(
        std::string const& agent) const;
    // The agent's keys, with the stream names that its workers chose. One round trip.
    [[nodiscard]] boost::asio::awaitable<Result<store::AgentKeys>> keys_of(std::string const& agent) const;
    // The same after checking the id.
    [[nodiscard]] boost::asio::awaitable<Result<store::AgentKeys>> keys_of(std::string const& agent,
                                                                           std::string const& task_id) const;
    [[nodiscard]] boost::asio::awaitable<Result<AgentInfo>> describe(
        std::string agent, std::vector<store::WorkerBeat> const& workers) const;
    // The same with the totals, if wanted, into `info`; a corrupt agent tells its problem.
    [[nodiscard]] boost::asio::awaitable<void> describe_into(std::string agent,
                                                             std::vector<store::WorkerBeat> const& workers,
                                                             bool with_totals, Result<AgentInfo>& info) const;
    // All of them, in order. Errors: those of the first one with an error.
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<AgentInfo>>> describe_all(
        std::span<std::string const> names, std::vector<store::WorkerBeat> const& workers, bool with_totals) const;
    [[nodiscard]] boost::asio::awaitable<void> pending_into(std::string agent, bool told,
                                                            Result<AgentPending>& pending) const;
    // `told`: a corrupt agent tells its problem, else it is an error.
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<AgentPending>>> pending_all(
        std::span<std::string const> names, bool told) const;
    [[nodiscard]] boost::asio::awaitable<void> look_into(std::string name,
                                                         std::vector<store::WorkerBeat> const& workers,
                                                         Result<AgentState>& state) const;
    [[nodiscard]] boost::asio::awaitable<Result<AgentState>> look_at_agent(
        std::string name, std::vector<store::WorkerBeat> const& workers) const;
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<AgentState>>> look_at_agents(std::string agent,
                                                                                         DoctorFacts& facts) const;
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<store::ReplayStatus>>> replay_batch(
        store::AgentKeys const& keys, std::vector<store::DeadLetter> const& letters) const;

    redis::Connection* connection_;
    store::KeySpace space_;
    store::Store store_;
    store::StoreInspect look_;
};

}  // namespace leat::inspect
