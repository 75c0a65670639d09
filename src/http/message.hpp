#pragma once
// What the server reads and writes, as plain values. Nothing here knows the HTTP library.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leat::http {

enum class Verb : std::uint8_t { get, head, post, delete_, other };
[[nodiscard]] std::string_view to_string(Verb verb) noexcept;

// What a caller may do. Each role includes those before it.
enum class Role : std::uint8_t { nobody, viewer, operator_ };
[[nodiscard]] std::string_view to_string(Role role) noexcept;

// The header of a request: the fields that the server looks at. The views live as long as the request.
struct Head {
    Verb verb = Verb::get;
    std::string_view target{};
    std::string_view host{};
    std::string_view authorization{};
    std::string_view cookie{};
    std::string_view origin{};
    std::string_view fetch_site{};    // Sec-Fetch-Site
    std::string_view leat_request{};  // X-Leat-Request
    std::string_view content_type{};
    std::string_view if_none_match{};
    std::string_view traceparent{};
    std::optional<std::uint64_t> content_length{};
    bool traceparent_twice = false;
    bool ambiguous = false;   // a field that must come once came twice
    std::string_view peer{};  // address of the other end
};

struct Response {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::string body{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string_view static_body{};  // sent instead of `body` where not empty; static storage
};

// One part of an event stream, in the form of text/event-stream. `name` and `id` are our own words; `data` has no line
// break (JSON text).
[[nodiscard]] std::string server_sent_event(std::string_view name, std::string_view id, std::string_view data);

}  // namespace leat::http
