#pragma once
// The REST API, the event streams, metrics and pages over one installation.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/signal.hpp"
#include "client/dispatcher.hpp"
#include "core/clock.hpp"
#include "http/access.hpp"
#include "http/alert_watch.hpp"
#include "http/app.hpp"
#include "http/audit.hpp"
#include "http/input.hpp"
#include "http/overview_cache.hpp"
#include "http/redaction.hpp"
#include "http/replays.hpp"
#include "http/request_times.hpp"
#include "http/shared_answer.hpp"
#include "http/span_counts.hpp"
#include "http/stats.hpp"
#include "inspect/doctor.hpp"
#include "inspect/inspector.hpp"
#include "leat/client.hpp"

namespace leat::http {

class Listener;

// What leat.toml says of one agent's new tasks.
struct DispatchPolicy {
    std::optional<std::int64_t> max_retries{};
    std::optional<std::int64_t> max_waiting{};
};

struct ApiOptions {
    ClientOptions client{};
    std::map<std::string, DispatchPolicy, std::less<>> agents{};
    std::vector<std::string> redaction = default_redaction_rules();
    std::chrono::milliseconds overview_age{1'000};  // how old a shared overview may be; also the pace of /v1/events
    AuditListener on_audit{};
    AlertOptions alerts{};
    AlertListener on_alert{};
    SpanCounter spans{};
};

// All functions on the executor's one thread.
class Api final : public App {
  public:
    // `dispatches`: a connection of their own for new tasks, so that they never wait for what a page reads. `poster`:
    // sends alerts to the webhook; null where there is none.
    Api(boost::asio::any_io_executor executor, redis::Connection& connection, redis::Connection& dispatches,
        Access access, ApiOptions options, outbound::Poster* poster = nullptr);
    ~Api() override;

    [[nodiscard]] Admission admit(Head const& head) override;
    [[nodiscard]] boost::asio::awaitable<Response> answer(Request request) override;
    [[nodiscard]] boost::asio::awaitable<std::optional<Response>> stream(Request request, EventWriter& writer) override;
    void refused(Request const& request, unsigned status) override;

    // Whose connections are counted in the metrics.
    void watch(Listener const& listener) { listener_ = &listener; }
    // Watches for alerts from now on.
    void start() { watch_.start(); }
    // Streams end, and nobody gets a client any more. The caller destroys the clients, on another thread: that ends the
    // long polls.
    [[nodiscard]] std::vector<std::unique_ptr<Client>> stop();
    [[nodiscard]] boost::asio::awaitable<void> join();

  private:
    using Answer = boost::asio::awaitable<Response>;

    [[nodiscard]] Answer act(Request const& request);
    [[nodiscard]] Answer act_on_task(Request const& request);
    [[nodiscard]] Answer act_on_agent(Request const& request);
    [[nodiscard]] Answer act_on_dead(Request const& request);
    // --- api.cpp: the server itself ---
    [[nodiscard]] Response ready() const;
    [[nodiscard]] Answer session_open(Request const& request);
    [[nodiscard]] Response session_close(Request const& request);
    [[nodiscard]] Answer metrics();
    [[nodiscard]] Answer overview();
    [[nodiscard]] Answer redis_info();
    [[nodiscard]] Answer doctor();
    [[nodiscard]] Answer workers(Request const& request);
    [[nodiscard]] Answer pending(Request const& request);
    [[nodiscard]] Answer stats(Request const& request);
    [[nodiscard]] Response replay_stop(Request const& request);
    void audit(Request const& request, unsigned status);
    // --- api_tasks.cpp ---
    [[nodiscard]] Answer dispatch(Request const& request);
    [[nodiscard]] Answer dispatch_batch(Request const& request);
    [[nodiscard]] Answer task_list(Request const& request);
    // One page of one agent's tasks; looks at `scan_max` entries at most. `now`: the server's clock.
    [[nodiscard]] boost::asio::awaitable<Result<store::TaskPage>> task_page(std::string agent, TaskQuery const& query,
                                                                            std::int64_t now,
                                                                            std::int64_t scan_max) const;
    // Of the registry, as it is now: a task that was just dispatched is found although its agent is new.
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<std::string>>> agent_names() const;
    [[nodiscard]] Answer task_find(std::string agent, std::string id);
    [[nodiscard]] boost::asio::awaitable<void> find_into(std::string agent, std::string const& id,
                                                         Result<TaskInfo>& task) const;
    // All receipts of one agent's new tasks.
    [[nodiscard]] boost::asio::awaitable<std::vector<Result<Receipt>>> store_tasks(std::string const& agent,
                                                                                   std::vector<NewTask> tasks);
    // What a task's page shows beside the task: how its attempts ended, and what is before it.
    [[nodiscard]] boost::asio::awaitable<Result<void>> add_surroundings(TaskInfo const& task, json& object) const;
    [[nodiscard]] Answer task_show(Request const& request);
    [[nodiscard]] Answer task_cancel(Request const& request);
    [[nodiscard]] Answer task_retry(Request const& request);
    [[nodiscard]] Answer task_move(Request const& request);
    [[nodiscard]] std::string_view traceparent_of(Head const& head);
    void prepare(DispatchInput& input, std::string_view traceparent) const;
    // Whether the agent's tasks go out on the server's own connection.
    [[nodiscard]] bool is_plain(std::string const& agent) const;
    // Null once the server stops.
    [[nodiscard]] Client* client_for(std::string const& agent);
    // Waits for the outcome; says nothing about it.
    [[nodiscard]] boost::asio::awaitable<void> wait_for_outcome(std::string agent, std::string id,
                                                                std::chrono::milliseconds most);
    // --- api_log.cpp ---
    [[nodiscard]] Answer task_log(Request const& request);
    // Tells the reader of an event stream what was logged behind the cursor, and moves it on. False once the reader is
    // gone.
    [[nodiscard]] boost::asio::awaitable<bool> tell_log(std::string const& agent, std::string const& task_id,
                                                        std::string& cursor, EventWriter& writer) const;
    // Lines are texts: of one that gives a field of the redaction rules a value, nothing is shown.
    [[nodiscard]] json shown_line(store::LogEntry const& entry) const;
    // --- api_agents.cpp ---
    [[nodiscard]] Answer agent_list(Request const& request);
    [[nodiscard]] Answer agent_show(Request const& request);
    [[nodiscard]] Answer agent_stats(Request const& request);
    [[nodiscard]] boost::asio::awaitable<void> add_minutes(std::string agent, std::int64_t count, StatsSum& sum,
                                                           std::optional<Error>& error) const;
    [[nodiscard]] Answer agent_results(Request const& request);
    [[nodiscard]] Answer agent_pause(Request const& request, bool paused);
    // --- api_dead.cpp ---
    [[nodiscard]] Answer dead_list(Request const& request);
    [[nodiscard]] Answer dead_groups(Request const& request);
    [[nodiscard]] boost::asio::awaitable<Result<json>> group_letters(std::string agent) const;
    [[nodiscard]] Answer dead_show(Request const& request);
    [[nodiscard]] Answer dead_replay(Request const& request);
    [[nodiscard]] Answer dead_replay_many(Request const& request);
    [[nodiscard]] Answer dead_purge(Request const& request);
    // --- api_streams.cpp ---
    using StreamEnd = boost::asio::awaitable<std::optional<Response>>;
    [[nodiscard]] StreamEnd follow_overview(EventWriter& writer);
    [[nodiscard]] StreamEnd follow_task(Request const& request, EventWriter& writer);

    // An answer with JSON; `reveal`: without redaction.
    [[nodiscard]] Response json_answer(json value, bool reveal = false) const;
    // Whether the caller asked to see secrets and may. Errors: a problem.
    [[nodiscard]] std::optional<Response> check_reveal(Request const& request, bool& reveal) const;

    redis::Connection& connection_;
    ApiOptions const options_;
    core::Clock const& clock_;
    Access access_;
    FailureDelay failure_delay_;
    Redaction redaction_;
    inspect::Inspector inspector_;
    OverviewCache cache_;
    AlertWatch watch_;
    SharedAnswer<inspect::DoctorFacts> examination_;
    std::map<std::string, SharedAnswer<json>, std::less<>> groups_;  // of dead letters, by agent
    Replays replays_;
    client::Dispatcher dispatcher_;
    std::unique_ptr<Client> client_;  // waits for outcomes; dispatches what is to be safer than in memory
    RequestTimes times_;
    AuditTally tally_;  // of dispatches, of which there may be thousands a second
    std::map<std::string, std::unique_ptr<Client>, std::less<>> limited_clients_;  // agents with max_waiting
    async::Signal stop_;
    Listener const* listener_ = nullptr;
    std::size_t streams_ = 0;
    std::uint64_t traceparents_ignored_ = 0;
    bool stopping_ = false;
};

}  // namespace leat::http
