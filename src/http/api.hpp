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
#include "core/clock.hpp"
#include "http/access.hpp"
#include "http/alert_watch.hpp"
#include "http/app.hpp"
#include "http/input.hpp"
#include "http/overview_cache.hpp"
#include "http/redaction.hpp"
#include "http/replays.hpp"
#include "http/shared_answer.hpp"
#include "http/span_counts.hpp"
#include "inspect/doctor.hpp"
#include "inspect/inspector.hpp"
#include "leat/client.hpp"

namespace leat::http {

class Listener;

// One action that changed something, or tried to. Dispatches are not reported: each has its task.
struct AuditRecord {
    std::string_view action{};  // operationId of the API's description: "pauseAgent"
    std::string_view role{};
    std::string_view peer{};
    std::string_view agent{};
    std::string_view subject{};  // id of a task, dead letter or replay
    std::string_view detail{};   // what was asked for, as JSON; untrusted
    unsigned status = 0;         // of the answer
};
using AuditListener = std::function<void(AuditRecord const&)>;

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
    // `poster`: sends alerts to the webhook; null where there is none.
    Api(boost::asio::any_io_executor executor, redis::Connection& connection, Access access, ApiOptions options,
        outbound::Poster* poster = nullptr);
    ~Api() override;

    [[nodiscard]] Admission admit(Head const& head) override;
    [[nodiscard]] boost::asio::awaitable<Response> answer(Request request) override;
    [[nodiscard]] boost::asio::awaitable<std::optional<Response>> stream(Request request, EventWriter& writer) override;

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
    void audit(Request const& request, unsigned status) const;
    // --- api_tasks.cpp ---
    [[nodiscard]] Answer dispatch(Request const& request);
    [[nodiscard]] Answer dispatch_batch(Request const& request);
    [[nodiscard]] Answer task_list(Request const& request);
    [[nodiscard]] boost::asio::awaitable<Result<store::TaskPage>> task_page(std::string agent, TaskQuery query) const;
    // How the task's attempts ended, oldest first, as far as the newest part of the archive tells.
    [[nodiscard]] boost::asio::awaitable<Result<json>> attempts_of(std::string agent, std::string id,
                                                                   std::int64_t attempts) const;
    [[nodiscard]] Answer task_show(Request const& request);
    [[nodiscard]] Answer task_cancel(Request const& request);
    [[nodiscard]] Answer task_retry(Request const& request);
    [[nodiscard]] Answer task_move(Request const& request);
    [[nodiscard]] std::string_view traceparent_of(Head const& head);
    void prepare(DispatchInput& input, std::string_view traceparent) const;
    // Null once the server stops.
    [[nodiscard]] Client* client_for(std::string const& agent);
    // Waits for the outcome; says nothing about it.
    [[nodiscard]] boost::asio::awaitable<void> wait_for_outcome(std::string agent, std::string id,
                                                                std::chrono::milliseconds most);
    // --- api_agents.cpp ---
    [[nodiscard]] Answer agent_list(Request const& request);
    [[nodiscard]] Answer agent_show(Request const& request);
    [[nodiscard]] Answer agent_stats(Request const& request);
    [[nodiscard]] Answer agent_results(Request const& request);
    [[nodiscard]] Answer agent_pause(Request const& request, bool paused);
    // --- api_dead.cpp ---
    [[nodiscard]] Answer dead_list(Request const& request);
    [[nodiscard]] Answer dead_groups(Request const& request);
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
    Replays replays_;
    std::unique_ptr<Client> client_;
    std::map<std::string, std::unique_ptr<Client>, std::less<>> limited_clients_;  // agents with max_waiting
    async::Signal stop_;
    Listener const* listener_ = nullptr;
    std::size_t streams_ = 0;
    std::uint64_t traceparents_ignored_ = 0;
    bool stopping_ = false;
};

}  // namespace leat::http
