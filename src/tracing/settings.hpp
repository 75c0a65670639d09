#pragma once
// Where spans go, from the standard variables of OpenTelemetry.
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "leat/error.hpp"

namespace leat::tracing {

using Environment = std::map<std::string, std::string>;
using Attributes = std::vector<std::pair<std::string, std::string>>;

struct Settings {
    std::string url{};                   // where batches are posted
    std::vector<std::string> headers{};  // "name: value"; secrets, never printed
    std::chrono::milliseconds timeout{10'000};
    Attributes resource{};  // who sends; each name once
};

// What a process knows of itself.
struct Identity {
    std::string host{};
    std::int64_t pid = 0;
};

// Nothing where no endpoint is set, or where OTEL_SDK_DISABLED or OTEL_TRACES_EXPORTER=none says so. An empty variable
// counts as not set; those for traces go before those for all signals. invalid_input, which names the variable and
// never repeats its value, for what cannot be used.
[[nodiscard]] Result<std::optional<Settings>> settings_of(Environment const& environment, Identity const& identity);

}  // namespace leat::tracing
