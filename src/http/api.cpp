#include "http/api.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <utility>

#include "async/at_once.hpp"
#include "http/assets.hpp"
#include "http/listener.hpp"
#include "http/metrics.hpp"
#include "http/metrics_text.hpp"
#include "http/problem.hpp"
#include "http/stats.hpp"
#include "inspect/model_json.hpp"
#include "leat/version.hpp"

namespace leat::http {
namespace {

using boost::asio::awaitable;

constexpr std::chrono::milliseconds kAnyAge = std::chrono::hours{24};
constexpr std::size_t kStatsAtOnce = 8;  // agents whose minutes are read side by side

std::uint64_t body_limit(Body body, std::size_t payload_max) noexcept {
    switch (body) {
        case Body::none:
        case Body::json:
            return kBodyBytesMax;
        case Body::task:
            return payload_max + kBodyOverhead;
        case Body::tasks:
            break;
    }
    return kBatchBytesMax;
}

bool is_json(std::string_view content_type) {
    constexpr std::string_view kJson = "application/json";
    return content_type.starts_with(kJson) && (content_type.size() == kJson.size() ||
                                               content_type[kJson.size()] == ';' || content_type[kJson.size()] == ' ');
}

// 32 bytes from the system's source for secrets, as hex; empty where it has none.
std::string fresh_secret() {
    std::array<unsigned char, 32> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return {};
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (auto const byte : bytes) {
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 15U];
    }
    return text;
}

json session_json(Role role, bool token_needed) {
    return {{"role", role == Role::nobody ? json(nullptr) : json(to_string(role))},
            {"token_needed", token_needed},
            {"version", LEAT_VERSION}};
}

constexpr std::string_view kCookieAttributes = "; Path=/; HttpOnly; SameSite=Strict";

}  // namespace

Api::Api(boost::asio::any_io_executor executor, redis::Connection& connection, redis::Connection& dispatches,
         Access access, ApiOptions options, outbound::Poster* poster)
    : connection_(connection),
      options_(std::move(options)),
      clock_(core::machine_clock()),
      access_(std::move(access)),
      redaction_(options_.redaction),
      inspector_(connection, options_.client.prefix),
      cache_(inspector_, executor, clock_, [this](auto const& look) { return watch_.seen(look); }),
      watch_(cache_, connection, options_.client.prefix, executor, clock_, poster, options_.alerts, options_.on_alert),
      examination_(executor, clock_),
      replays_(inspector_, executor, clock_),
      dispatcher_(dispatches, options_.client, clock_),
      client_(std::make_unique<Client>(options_.client)),
      stop_(executor) {}

Api::~Api() = default;

std::vector<std::unique_ptr<Client>> Api::stop() {
    stopping_ = true;
    if (options_.on_audit) tally_.flush(clock_.now(), options_.on_audit);
    stop_.notify();
    watch_.stop();
    replays_.stop();
    std::vector<std::unique_ptr<Client>> clients;
    clients.push_back(std::move(client_));
    for (auto& [agent, client] : limited_clients_)
        clients.push_back(std::move(client));
    limited_clients_.clear();
    return clients;
}

awaitable<void> Api::join() {
    co_await watch_.join();
    co_await dispatcher_.join();
    co_await replays_.join();
}

Admission Api::admit(Head const& head) {
    Admission admission;
    auto& request = admission.request;
    request.head = head;
    if (head.ambiguous || head.host.empty()) {
        admission.refusal =
            problem(400, "malformed", "the field Host must come once, and no other important field twice");
        return admission;
    }
    auto target = parse_target(head.target);
    if (!target) {
        admission.refusal = problem(400, "malformed", target.error());
        return admission;
    }
    request.target = std::move(*target);
    auto match = find_route(head.verb, request.target);
    if (match.route == nullptr) {
        // Nothing but the name of the host is asked of those who ask for what does not exist.
        if (!access_.host_allowed(head.host)) {
            admission.refusal = problem(421, "wrong_host", "this server does not answer under that name");
        } else if (match.allow.empty()) {
            admission.refusal = problem(404, "not_found", "there is no such path; /v1/openapi.json lists all");
        } else {
            admission.refusal = problem(405, "wrong_method", "this path takes " + match.allow + " only");
            admission.refusal->headers.emplace_back("Allow", match.allow);
        }
        return admission;
    }
    request.route = match.route;
    request.values = std::move(match.values);
    auto const ruling = access_.judge(head, *match.route, clock_.now());
    request.role = ruling.role;
    if (ruling.status != 0) {
        admission.refusal = problem(ruling.status, ruling.code, ruling.detail);
        if (ruling.status == 401) admission.refusal->headers.emplace_back("WWW-Authenticate", "Bearer realm=\"leat\"");
        if (ruling.wrong_token) admission.delay = failure_delay_.failed(clock_.now());
        refused(request, ruling.status);
        return admission;
    }
    admission.body_bytes_max = body_limit(match.route->body, options_.client.payload_bytes_max);
    if (auto const unknown = unknown_parameter(*match.route, request.target);
        match.route->action != Action::asset && !unknown.empty()) {
        admission.refusal = problem(400, "invalid_input", "this path has no parameter " + std::string(unknown));
    } else if (match.route->body != Body::none && head.content_length != 0 && !is_json(head.content_type)) {
        // A replay without an edited payload has no body, and then needs no type.
        bool const nothing_comes =
            !head.content_length && head.content_type.empty() && match.route->action == Action::dead_replay;
        if (!nothing_comes)
            admission.refusal = problem(415, "wrong_type", "send the body with Content-Type: application/json");
    }
    if (admission.refusal) refused(request, admission.refusal->status);
    return admission;
}

void Api::refused(Request const& request, unsigned status) {
    if (request.route != nullptr && request.route->changes_state()) audit(request, status);
}

void Api::audit(Request const& request, unsigned status) {
    if (!options_.on_audit) return;
    auto const action = request.route->action;
    AuditRecord record;
    record.action = request.route->name;
    record.role = to_string(request.role);
    record.peer = request.head.peer;
    if (!request.values.empty()) record.agent = request.values.front();
    if (request.values.size() > 1) record.subject = request.values[1];
    if (action == Action::replay_stop) std::swap(record.agent, record.subject);
    if (action != Action::session_open && request.route->body == Body::json) record.detail = request.body;
    if (action == Action::dead_replay && !request.body.empty()) record.detail = "edited payload";
    record.status = status;
    bool const dispatched = (action == Action::dispatch || action == Action::dispatch_batch) && status < 300;
    if (dispatched) {
        tally_.add(record, clock_.now(), options_.on_audit);
    } else {
        options_.on_audit(record);
    }
}

awaitable<Response> Api::answer(Request request) {
    auto const begun = clock_.now();
    auto response = co_await act(request);
    bool const waited = !request.target.parameter("wait").empty() || response.status == 401;
    if (!waited) times_.add(*request.route, clock_.now() - begun);
    bool const revealed = response.status == 200 && request.target.parameter("reveal") == "true";
    if (request.route->changes_state() || revealed) audit(request, response.status);
    co_return response;
}

Api::Answer Api::act(Request const& request) {
    switch (request.route->action) {
        case Action::health:
            co_return json_answer({{"status", "ok"}});
        case Action::ready:
            co_return ready();
        case Action::metrics:
            co_return co_await metrics();
        case Action::openapi:
            co_return file_response(openapi_asset(), "application/json", request.head.if_none_match);
        case Action::session_show:
            co_return json_answer(session_json(request.role, access_.needs_token()));
        case Action::session_open:
            co_return co_await session_open(request);
        case Action::session_close:
            co_return session_close(request);
        case Action::overview:
        case Action::events:  // HEAD
            co_return co_await overview();
        case Action::alerts:
            co_return json_answer(watch_.to_json(), true);
        case Action::stats:
            co_return co_await stats(request);
        case Action::redis_info:
            co_return co_await redis_info();
        case Action::doctor:
            co_return co_await doctor();
        case Action::workers:
            co_return co_await workers(request);
        case Action::pending:
            co_return co_await pending(request);
        case Action::replay_list:
            co_return json_answer({{"replays", replays_.list()}});
        case Action::replay_show: {
            auto replay = replays_.find(request.values[0]);
            if (!replay) co_return problem(404, "not_found", "there is no such replay, or it was forgotten");
            co_return json_answer(std::move(*replay));
        }
        case Action::replay_stop:
            co_return replay_stop(request);
        case Action::asset:
            co_return asset_response(embedded_assets(), request.target.path(), request.head.if_none_match);
        default:
            co_return co_await act_on_task(request);
    }
}

Api::Answer Api::act_on_task(Request const& request) {
    switch (request.route->action) {
        case Action::dispatch:
            co_return co_await dispatch(request);
        case Action::dispatch_batch:
            co_return co_await dispatch_batch(request);
        case Action::task_list:
            co_return co_await task_list(request);
        case Action::task_show:
        case Action::task_events:  // HEAD
            co_return co_await task_show(request);
        case Action::task_log:
            co_return co_await task_log(request);
        case Action::task_cancel:
            co_return co_await task_cancel(request);
        case Action::task_retry:
            co_return co_await task_retry(request);
        case Action::task_move:
            co_return co_await task_move(request);
        default:
            co_return co_await act_on_agent(request);
    }
}

Api::Answer Api::act_on_agent(Request const& request) {
    switch (request.route->action) {
        case Action::agent_list:
            co_return co_await agent_list(request);
        case Action::agent_show:
            co_return co_await agent_show(request);
        case Action::agent_stats:
            co_return co_await agent_stats(request);
        case Action::agent_results:
            co_return co_await agent_results(request);
        case Action::agent_pause:
            co_return co_await agent_pause(request, true);
        case Action::agent_resume:
            co_return co_await agent_pause(request, false);
        default:
            co_return co_await act_on_dead(request);
    }
}

Api::Answer Api::act_on_dead(Request const& request) {
    switch (request.route->action) {
        case Action::dead_list:
            co_return co_await dead_list(request);
        case Action::dead_groups:
            co_return co_await dead_groups(request);
        case Action::dead_show:
            co_return co_await dead_show(request);
        case Action::dead_replay:
            co_return co_await dead_replay(request);
        case Action::dead_replay_many:
            co_return co_await dead_replay_many(request);
        case Action::dead_purge:
            co_return co_await dead_purge(request);
        default:
            co_return problem(404, "not_found", "there is no such path; /v1/openapi.json lists all");
    }
}

Response Api::json_answer(json value, bool reveal) const {
    if (!reveal) redaction_.apply_to_answer(value);
    Response response;
    response.body = inspect::dump(value);
    return response;
}

std::optional<Response> Api::check_reveal(Request const& request, bool& reveal) const {
    auto const asked = read_flag(request.target, "reveal");
    if (!asked) return problem(asked.error());
    if (*asked && request.role != Role::operator_)
        return problem(403, "role_too_low", "only operators may see what the redaction rules hide");
    reveal = *asked;
    return std::nullopt;
}

Response Api::ready() const {
    if (!connection_.connected()) return problem(503, "unavailable", "there is no connection to Redis");
    return json_answer({{"status", "ready"}});
}

Api::Answer Api::session_open(Request const& request) {
    auto const token = read_token(request.body);
    if (!token) co_return problem(token.error());
    if (!access_.needs_token()) co_return json_answer(session_json(Role::operator_, false));
    auto const role = access_.role_of(*token);
    auto const secret = fresh_secret();
    if (role == Role::nobody || secret.empty()) {
        auto const delay = failure_delay_.failed(clock_.now());
        if (!stopping_) co_await stop_.wait_for(delay);
        auto refusal = problem(401, "wrong_token", "the token is not valid");
        refusal.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"leat\"");
        co_return refusal;
    }
    access_.open_session(secret, role, clock_.now());
    auto response = json_answer(session_json(role, true));
    auto const life = std::chrono::duration_cast<std::chrono::seconds>(kSessionLife).count();
    response.headers.emplace_back("Set-Cookie", std::string(kSessionCookie) + "=" + secret + "; Max-Age=" +
                                                    std::to_string(life) + std::string(kCookieAttributes));
    co_return response;
}

Response Api::session_close(Request const& request) {
    access_.close_session(request.head.cookie);
    Response response;
    response.status = 204;
    response.headers.emplace_back("Set-Cookie",
                                  std::string(kSessionCookie) + "=; Max-Age=0" + std::string(kCookieAttributes));
    return response;
}

Response Api::replay_stop(Request const& request) {
    auto replay = replays_.stop(request.values[0]);
    if (!replay) return problem(404, "not_found", "there is no such replay, or it was forgotten");
    return json_answer(std::move(*replay));
}

Api::Answer Api::metrics() {
    auto const snapshot = co_await cache_.get(options_.overview_age);
    ServerCounters counters;
    counters.streams = streams_;
    counters.traceparents_ignored = traceparents_ignored_;
    counters.spans = options_.spans;
    counters.times = &times_;
    if (listener_ != nullptr) {
        counters.requests = listener_->requests();
        counters.refused = listener_->refused();
        counters.connections = listener_->connections();
    }
    if (snapshot) {
        auto const age = std::chrono::duration<double>(clock_.now() - (*snapshot)->taken);
        counters.overview_age_seconds = age.count();
    }
    Response response;
    response.content_type = kMetricsContentType;
    counters.webhook = watch_.posts();
    response.body = metrics_text(snapshot ? &(*snapshot)->overview : nullptr, counters, watch_.firing());
    co_return response;
}

Api::Answer Api::overview() {
    auto const snapshot = co_await cache_.get(options_.overview_age);
    if (!snapshot) co_return problem(snapshot.error());
    Response response;
    response.body = (*snapshot)->text;
    co_return response;
}

Api::Answer Api::redis_info() {
    auto const facts = co_await inspector_.server();
    if (!facts) co_return problem(facts.error());
    co_return json_answer(server_json(*facts));
}

Api::Answer Api::doctor() {
    if (!connection_.connected()) co_return ready();  // not what was found before
    auto const ask = [this] { return inspector_.examine({}); };
    auto const facts = co_await examination_.get(kExaminationAge, ask);
    if (!facts) co_return problem(facts.error());
    co_return json_answer(inspect::json_of(inspect::judge(**facts, std::nullopt)));
}

Api::Answer Api::workers(Request const& request) {
    auto const limit = read_limit(request.target);
    if (!limit) co_return problem(limit.error());
    auto page = co_await inspector_.workers(store::kPageMax);
    if (!page) co_return problem(page.error());
    auto& all = page->workers;
    std::ranges::sort(all, {}, &store::WorkerBeat::consumer);
    auto const first = std::ranges::upper_bound(all, request.target.parameter("cursor"), {},
                                                [](auto const& worker) -> std::string_view { return worker.consumer; });
    all.erase(all.begin(), first);
    json cursor;
    if (std::ssize(all) > *limit) {
        all.resize(static_cast<std::size_t>(*limit));
        cursor = all.back().consumer;
    }
    auto list = json::array();
    for (auto const& worker : all)
        list.push_back(inspect::json_of(worker, page->now));
    co_return json_answer({{"now", page->now}, {"workers", std::move(list)}, {"cursor", std::move(cursor)}});
}

Api::Answer Api::pending(Request const& request) {
    auto const limit = read_limit(request.target);
    if (!limit) co_return problem(limit.error());
    std::string agent(request.target.parameter("agent"));
    inspect::PendingPage page;
    if (agent.empty()) {
        auto found = co_await inspector_.pending_page(std::string(request.target.parameter("cursor")), *limit);
        if (!found) co_return problem(found.error());
        page = std::move(*found);
    } else {
        auto found = co_await inspector_.pending(std::move(agent));
        if (!found) co_return problem(found.error());
        page.agents = std::move(*found);
    }
    auto list = json::array();
    for (auto const& one : page.agents)
        list.push_back(inspect::json_of(one));
    json cursor;
    if (!page.cursor.empty()) cursor = std::move(page.cursor);
    co_return json_answer({{"agents", std::move(list)}, {"cursor", std::move(cursor)}});
}

Api::Answer Api::stats(Request const& request) {
    auto const query = read_stats_query(request.target);
    if (!query) co_return problem(query.error());
    auto const snapshot = co_await cache_.get(kAnyAge);
    if (!snapshot) co_return problem(snapshot.error());
    auto const& agents = (*snapshot)->overview.agents;
    // Of very many agents the last minutes only: the points tell which.
    auto const readable = kStatsReadsMax / std::max<std::int64_t>(1, std::ssize(agents));
    auto const minutes = std::clamp<std::int64_t>(query->minutes, 1, std::max<std::int64_t>(1, readable));
    StatsSum sum;
    std::optional<Error> error;
    auto const start = [&](std::size_t i) { return add_minutes(agents[i].agent, minutes, sum, error); };
    co_await async::at_once(connection_.executor(), agents.size(), kStatsAtOnce, start);
    if (error) co_return problem(*error);
    co_return json_answer(sum.to_json(query->step));
}

}  // namespace leat::http
