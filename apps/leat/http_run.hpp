#pragma once
// What `serve` and `dev` share: the HTTP server as the configuration wants it.
#include <memory>
#include <string>

#include "http/server.hpp"
#include "log_listener.hpp"
#include "session.hpp"
#include "trace_run.hpp"

namespace leat::cli {

// Starts the server. With `redis_url` not empty it replaces the configured one. Every action that changes something is
// written to the log. Errors: invalid_input, not_found (a token's file), unavailable (the address is taken).
[[nodiscard]] Result<std::unique_ptr<http::Server>> start_http(config::Config const& config,
                                                               std::string const& redis_url, LogForm form,
                                                               Tracing const& tracing);
// The same, on a free port where the default one is taken and nobody asked for it.
[[nodiscard]] Result<std::unique_ptr<http::Server>> start_http_somewhere(config::Config const& config,
                                                                         std::string const& redis_url, LogForm form,
                                                                         Tracing const& tracing);

// One line of the audit log: "audit action=pauseAgent role=operator peer=127.0.0.1 agent=sentiment status=200";
// everything untrusted is escaped.
[[nodiscard]] std::string audit_text(http::AuditRecord const& record);
// The same as a JSON object: {"event": "audit", "action": …}, absent fields left out.
[[nodiscard]] std::string audit_json(http::AuditRecord const& record);

}  // namespace leat::cli
