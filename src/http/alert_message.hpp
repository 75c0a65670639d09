#pragma once
// What a webhook is sent: the body and its signature. No I/O.
#include <string>
#include <string_view>

#include "inspect/alerts.hpp"

namespace leat::http {

// The body: the alert as GET /v1/alerts shows it, and `event` ("firing", "resolved"), `id` (the same for all posts of
// one alert), `prefix` and `sent_at` (ms since the epoch).
[[nodiscard]] std::string webhook_body(inspect::Alert const& alert, std::string_view prefix, std::int64_t sent_at);

// "sha256=" and the HMAC-SHA256 of the body as hex.
[[nodiscard]] std::string webhook_signature(std::string_view secret, std::string_view body);

}  // namespace leat::http
