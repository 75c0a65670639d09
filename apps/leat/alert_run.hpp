#pragma once
// Alerts as the configuration wants them, and their lines in the log.
#include <string>

#include "config/config.hpp"
#include "http/alert_watch.hpp"
#include "log_listener.hpp"

namespace leat::cli {

// Errors: not_found (the file of the webhook's secret).
[[nodiscard]] Result<http::AlertOptions> alert_options(config::Config const& config);

// One line of the log: "alert_firing alert=no_worker agent=sentiment severity=critical detail=\"…\""; everything
// untrusted is escaped.
[[nodiscard]] std::string alert_text(http::AlertRecord const& record);
// The same as a JSON object: {"event": "alert_firing", "alert": …}, absent fields left out.
[[nodiscard]] std::string alert_json(http::AlertRecord const& record);

// Writes them to the logger: what fires and what could not be posted as warnings.
[[nodiscard]] http::AlertListener alert_log(std::shared_ptr<spdlog::logger> logger, LogForm form);

}  // namespace leat::cli
