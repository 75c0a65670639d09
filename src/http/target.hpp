#pragma once
// The path and query of a request, decoded and checked.
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leat::http {

struct Target {
    std::vector<std::string> segments{};  // "/v1/agents/a%3Ab" → "v1", "agents", "a:b"; none for "/"
    std::vector<std::pair<std::string, std::string>> query{};

    // The value of a parameter, empty where it is absent.
    [[nodiscard]] std::string_view parameter(std::string_view name) const noexcept;
    [[nodiscard]] std::string path() const;
};

// Splits, then decodes percent signs once (in the query also `+`). The error is a sentence: no origin-form path, a bad
// escape, control characters, "." or ".." segments, a parameter twice, more than kQueryParametersMax of them.
[[nodiscard]] std::expected<Target, std::string> parse_target(std::string_view text);

}  // namespace leat::http
