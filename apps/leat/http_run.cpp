#include "http_run.hpp"

#include <array>
#include <utility>

#include "alert_run.hpp"
#include "core/escape.hpp"
#include "inspect/model_json.hpp"
#include "text.hpp"
#include "token_file.hpp"

namespace leat::cli {
namespace {

constexpr std::size_t kDetailBytes = 1'024;  // of an audit line

// Calls `visit(name, text)` for each field that is there.
template <class Visit>
void for_each_field(http::AuditRecord const& record, Visit visit) {
    std::array<std::pair<std::string_view, std::string_view>, 6> const fields{{{"action", record.action},
                                                                               {"role", record.role},
                                                                               {"peer", record.peer},
                                                                               {"agent", record.agent},
                                                                               {"subject", record.subject},
                                                                               {"detail", record.detail}}};
    for (auto const& [name, text] : fields)
        if (!text.empty()) visit(name, text);
}

http::ServerOptions options_of(config::Config const& config, std::string const& redis_url) {
    http::ServerOptions options;
    options.listen = config.http.listen;
    options.access.hosts = config.http.hosts;
    options.api.client = config.client_options({});
    if (!redis_url.empty()) options.api.client.redis = redis_url;
    for (auto const& [name, agent] : config.agents)
        options.api.agents[name] = {.max_retries = agent.options.max_retries, .max_waiting = agent.max_waiting};
    options.api.redaction.insert(options.api.redaction.end(), config.http.redact.begin(), config.http.redact.end());
    return options;
}

}  // namespace

std::string audit_text(http::AuditRecord const& record) {
    std::string text = "audit";
    for_each_field(record, [&](std::string_view name, std::string_view value) {
        text.append(" ").append(name).append("=");
        text += name == "detail" ? quoted(value, kDetailBytes) : core::printable(value, kDetailBytes);
    });
    if (record.count > 1) text += " count=" + std::to_string(record.count);
    return text + " status=" + std::to_string(record.status);
}

std::string audit_json(http::AuditRecord const& record) {
    json object = {{"event", "audit"}, {"status", record.status}};
    if (record.count > 1) object["count"] = record.count;
    for_each_field(record, [&](std::string_view name, std::string_view value) {
        object[std::string(name)] = core::sanitize_utf8(value, kDetailBytes);
    });
    return inspect::dump(object);
}

Result<std::unique_ptr<http::Server>> start_http(config::Config const& config, std::string const& redis_url,
                                                 LogForm form, Tracing const& tracing) {
    auto options = options_of(config, redis_url);
    auto token = read_token(config.http.token_file);
    if (!token) return std::unexpected(token.error());
    auto viewer_token = read_token(config.http.viewer_token_file);
    if (!viewer_token) return std::unexpected(viewer_token.error());
    auto alerts = alert_options(config);
    if (!alerts) return std::unexpected(alerts.error());
    options.api.alerts = std::move(*alerts);
    options.access.operator_token = std::move(*token);
    options.access.viewer_token = std::move(*viewer_token);
    options.api.client.on_span = tracing.listener();
    options.api.spans = tracing.counter();
    options.api.client.on_event = stderr_log(form, spdlog::level::info);
    options.api.on_alert = alert_log(stderr_logger(form, spdlog::level::info), form);
    options.api.on_audit = [logger = stderr_logger(form, spdlog::level::info), form](http::AuditRecord const& record) {
        logger->info(form == LogForm::json ? audit_json(record) : audit_text(record));
    };
    return http::Server::start(std::move(options));
}

Result<std::unique_ptr<http::Server>> start_http_somewhere(config::Config const& config, std::string const& redis_url,
                                                           LogForm form, Tracing const& tracing) {
    auto server = start_http(config, redis_url, form, tracing);
    bool const asked_for = config.origins.contains("http.listen");
    if (server || server.error().code != ErrorCode::unavailable || asked_for) return server;
    auto elsewhere = config;
    elsewhere.http.listen = "127.0.0.1:0";
    return start_http(elsewhere, redis_url, form, tracing);
}

}  // namespace leat::cli
