#include "tracing/settings.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string_view>

#include "leat/version.hpp"
#include "outbound/url.hpp"

namespace leat::tracing {
namespace {

constexpr std::int64_t kTimeoutMaxMs = 10 * 60 * 1'000;

std::unexpected<Error> wrong(std::string_view variable, std::string_view what) {
    return fail(ErrorCode::invalid_input, "tracing", std::string(variable) + ": " + std::string(what));
}

// A variable that is set, with its name.
struct Variable {
    std::string_view name;
    std::string_view value;  // empty: not set
};

Variable find(Environment const& environment, std::string_view name) {
    auto const found = environment.find(std::string(name));
    return {name, found == environment.end() ? std::string_view{} : std::string_view(found->second)};
}

// The one for traces, else the one for all signals.
Variable find(Environment const& environment, std::string_view for_traces, std::string_view for_all) {
    auto const special = find(environment, for_traces);
    return special.value.empty() ? find(environment, for_all) : special;
}

std::string_view trimmed(std::string_view text) {
    auto const first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        unsigned value = 0;
        auto const digits = text.substr(i + 1, 2);
        auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (error != std::errc{} || digits.size() != 2 || end != digits.data() + 2) return std::nullopt;
        decoded += static_cast<char>(value);
        i += 2;
    }
    return decoded;
}

bool has_control_characters(std::string_view text) {
    return std::ranges::any_of(text, [](unsigned char c) { return c < ' ' || c == 0x7f; });
}

// "name=value,name=value" with escapes such as %20.
Result<Attributes> read_pairs(Variable const& variable) {
    Attributes pairs;
    auto rest = variable.value;
    while (!rest.empty()) {
        auto const end = std::min(rest.find(','), rest.size());
        auto const item = trimmed(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (item.empty()) continue;
        auto const equals = item.find('=');
        auto const name = trimmed(item.substr(0, equals));
        auto value = percent_decoded(trimmed(item.substr(equals == std::string_view::npos ? item.size() : equals + 1)));
        if (equals == std::string_view::npos || name.empty() || !value || has_control_characters(*value) ||
            has_control_characters(name)) {
            return wrong(variable.name, "must be name=value,name=value; write special characters as %20, %2C");
        }
        pairs.emplace_back(std::string(name), std::move(*value));
    }
    return pairs;
}

bool is_header_name(std::string_view name) {
    constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
    return std::ranges::all_of(name, [&](unsigned char c) {
        return std::isalnum(c) != 0 || kOthers.find(static_cast<char>(c)) != std::string_view::npos;
    });
}

Result<std::string> read_url(Environment const& environment) {
    auto const exact = find(environment, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    auto const base = find(environment, "OTEL_EXPORTER_OTLP_ENDPOINT");
    auto const& used = exact.value.empty() ? base : exact;
    if (used.value.empty()) return std::string{};
    std::string url(used.value);
    if (exact.value.empty()) url += url.ends_with('/') ? "v1/traces" : "/v1/traces";
    if (auto const checked = outbound::check_url(url); !checked) return wrong(used.name, checked.error().detail);
    return url;
}

Result<std::vector<std::string>> read_headers(Environment const& environment) {
    auto const variable = find(environment, "OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS");
    auto pairs = read_pairs(variable);
    if (!pairs) return std::unexpected(pairs.error());
    std::vector<std::string> headers;
    for (auto const& [name, value] : *pairs) {
        if (!is_header_name(name)) return wrong(variable.name, "a name of a header has letters, digits and dashes");
        headers.push_back(name + ": " + value);
    }
    return headers;
}

Result<std::chrono::milliseconds> read_timeout(Environment const& environment) {
    auto const variable = find(environment, "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT");
    if (variable.value.empty()) return Settings{}.timeout;
    std::int64_t ms = 0;
    auto const* const last = variable.value.data() + variable.value.size();
    auto const [end, error] = std::from_chars(variable.value.data(), last, ms);
    if (error != std::errc{} || end != last || ms < 1 || ms > kTimeoutMaxMs)
        return wrong(variable.name, "must be 1 to 600000 milliseconds");
    return std::chrono::milliseconds(ms);
}

Result<void> check_protocol(Environment const& environment) {
    auto const variable = find(environment, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL");
    // Who takes http/protobuf takes http/json at the same address.
    if (variable.value.empty() || variable.value == "http/json" || variable.value == "http/protobuf") return {};
    return wrong(variable.name, "leat speaks http/json only; name the collector's HTTP port (4318) and set http/json");
}

Result<Attributes> read_resource(Environment const& environment, Identity const& identity) {
    Attributes attributes{{"service.name", "leat"},
                          {"service.version", LEAT_VERSION},
                          {"host.name", identity.host},
                          {"process.pid", std::to_string(identity.pid)},
                          {"telemetry.sdk.name", "leat"},
                          {"telemetry.sdk.language", "cpp"},
                          {"telemetry.sdk.version", LEAT_VERSION}};
    auto wanted = read_pairs(find(environment, "OTEL_RESOURCE_ATTRIBUTES"));
    if (!wanted) return std::unexpected(wanted.error());
    if (auto const name = find(environment, "OTEL_SERVICE_NAME").value; !name.empty())
        wanted->emplace_back("service.name", name);
    for (auto& [name, value] : *wanted) {
        auto const same = [&](auto const& attribute) { return attribute.first == name; };
        if (auto const found = std::ranges::find_if(attributes, same); found != attributes.end()) {
            found->second = std::move(value);
        } else {
            attributes.emplace_back(std::move(name), std::move(value));
        }
    }
    return attributes;
}

bool is_off(Environment const& environment) {
    std::string disabled(find(environment, "OTEL_SDK_DISABLED").value);
    std::ranges::transform(disabled, disabled.begin(), [](unsigned char c) { return std::tolower(c); });
    return disabled == "true" || find(environment, "OTEL_TRACES_EXPORTER").value == "none";
}

}  // namespace

Result<std::optional<Settings>> settings_of(Environment const& environment, Identity const& identity) {
    if (is_off(environment)) return std::nullopt;
    auto url = read_url(environment);
    if (!url) return std::unexpected(url.error());
    if (url->empty()) return std::nullopt;
    if (auto const checked = check_protocol(environment); !checked) return std::unexpected(checked.error());
    auto headers = read_headers(environment);
    if (!headers) return std::unexpected(headers.error());
    auto const timeout = read_timeout(environment);
    if (!timeout) return std::unexpected(timeout.error());
    auto resource = read_resource(environment, identity);
    if (!resource) return std::unexpected(resource.error());
    return Settings{std::move(*url), std::move(*headers), *timeout, std::move(*resource)};
}

}  // namespace leat::tracing
