#include "http/worker_metrics.hpp"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <fstream>
#include <utility>

#include "async/io_thread.hpp"
#include "core/clock.hpp"
#include "http/access.hpp"
#include "http/listener.hpp"
#include "http/metrics_text.hpp"
#include "http/problem.hpp"
#include "http/server.hpp"
#include "leat/version.hpp"

namespace leat::http {
namespace {

// 0 where the system does not tell.
std::int64_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::int64_t total = 0;
    std::int64_t resident = 0;
    file >> total >> resident;
    return file ? resident * sysconf(_SC_PAGESIZE) : 0;
}

constexpr ListenerLimits small_limits() {
    ListenerLimits limits;
    limits.connections = 64;
    limits.bodies_bytes = 0;
    return limits;
}

}  // namespace

void EventCounts::count(Event const& event) {
    std::lock_guard const lock(mutex_);
    auto found = counts_.find(event.agent);
    if (found == counts_.end()) found = counts_.try_emplace(std::string(event.agent)).first;
    ++found->second[event.kind];
    if (event.kind == EventKind::connected) connected_ = true;
    if (event.kind == EventKind::disconnected) connected_ = false;
    if (event.kind == EventKind::worker_draining) draining_ = true;
}

std::string EventCounts::text(std::int64_t resident) const {
    std::lock_guard const lock(mutex_);
    MetricsText text;
    text.family("leat_build_info", "gauge", "The version of this process.");
    text.sample({{"version", LEAT_VERSION}}, 1);
    text.family("leat_worker_redis_connected", "gauge", "1 while this worker is connected to Redis.");
    text.sample({}, connected_ ? 1 : 0);
    text.family("leat_worker_draining", "gauge", "1 once this worker was told to stop.");
    text.sample({}, draining_ ? 1 : 0);
    text.family("leat_worker_resident_bytes", "gauge", "Memory of this process.");
    text.sample({}, static_cast<double>(resident));
    add_spans(text, spans_);
    text.family("leat_worker_events_total", "counter", "What happened in this worker, by event and agent.");
    for (auto const& [agent, kinds] : counts_)
        for (auto const& [kind, count] : kinds)
            text.sample({{"agent", agent}, {"event", to_string(kind)}}, static_cast<double>(count));
    return text.take();
}

class WorkerMetricsServer::Impl final : public App {
  public:
    Impl(EventCounts const& counts, Access access)
        : counts_(counts),
          access_(std::move(access)),
          io_("leat-metrics"),
          listener_(io_.context().get_executor(), *this, small_limits()) {}
    ~Impl() override {
        if (!running_) return;
        boost::asio::post(io_.context(), boost::asio::use_future([this] { listener_.stop(); })).get();
        boost::asio::co_spawn(io_.context(), listener_.join(), boost::asio::use_future).get();
    }

    Result<void> start(ListenAddress const& address) {
        host_ = address.host;
        if (auto bound = listener_.bind(address); !bound) return bound;
        running_ = true;
        boost::asio::post(io_.context(), [this] { listener_.run(); });
        return {};
    }
    [[nodiscard]] std::string url() const { return url_of(host_, listener_.port()); }

    Admission admit(Head const& head) override {
        Admission admission;
        admission.request.head = head;
        auto target = parse_target(head.target);
        auto const match = target ? find_route(head.verb, *target) : Match{};
        bool const known =
            match.route != nullptr && (match.route->action == Action::metrics || match.route->action == Action::health);
        if (head.ambiguous || !host_allowed(head.host, {})) {
            admission.refusal = problem(421, "wrong_host", "this server answers under addresses only");
        } else if (!known) {
            admission.refusal = problem(404, "not_found", "there are /metrics and /healthz here");
        } else if (auto const ruling = access_.judge(head, *match.route, core::machine_clock().now());
                   ruling.status != 0) {
            admission.refusal = problem(ruling.status, ruling.code, ruling.detail);
            if (ruling.status == 401)
                admission.refusal->headers.emplace_back("WWW-Authenticate", "Bearer realm=\"leat\"");
            if (ruling.wrong_token) admission.delay = failure_delay_.failed(core::machine_clock().now());
        }
        admission.request.route = match.route;
        return admission;
    }
    boost::asio::awaitable<Response> answer(Request request) override {
        Response response;
        response.body = R"({"status":"ok"})";
        if (request.route->action == Action::metrics) {
            response.content_type = kMetricsContentType;
            response.body = counts_.text(resident_bytes());
        }
        co_return response;
    }
    boost::asio::awaitable<std::optional<Response>> stream(Request, EventWriter&) override { co_return std::nullopt; }
    void refused(Request const&, unsigned) override {}  // nothing here changes anything

  private:
    EventCounts const& counts_;
    Access access_;
    FailureDelay failure_delay_;
    async::IoThread io_;
    Listener listener_;
    std::string host_;
    bool running_ = false;
};

WorkerMetricsServer::WorkerMetricsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WorkerMetricsServer::~WorkerMetricsServer() = default;

Result<std::unique_ptr<WorkerMetricsServer>> WorkerMetricsServer::start(std::string const& address,
                                                                        std::string const& token,
                                                                        EventCounts const& counts) {
    auto const parsed = parse_listen_address(address);
    if (!parsed) return std::unexpected(parsed.error());
    if (!is_loopback(parsed->host) && token.empty()) {
        return fail(ErrorCode::invalid_input, "metrics",
                    "others can reach " + address + ": set worker.metrics_token_file, or listen on 127.0.0.1");
    }
    auto access = Access::make({.operator_token = token});
    if (!access) return std::unexpected(access.error());
    auto impl = std::make_unique<Impl>(counts, std::move(*access));
    if (auto started = impl->start(*parsed); !started) return std::unexpected(started.error());
    return std::unique_ptr<WorkerMetricsServer>(new WorkerMetricsServer(std::move(impl)));
}

std::string WorkerMetricsServer::url() const {
    return impl_->url();
}

}  // namespace leat::http
