#include "http/response_text.hpp"

#include <algorithm>

#include "http/problem.hpp"

namespace leat::http {
namespace {

void add_field(std::string& text, std::string_view name, std::string_view value) {
    auto const breaks = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; };
    if (std::ranges::any_of(name, breaks) || std::ranges::any_of(value, breaks)) return;
    text.append(name).append(": ").append(value).append("\r\n");
}

void add_safety(std::string& text) {
    text.append("Content-Security-Policy: ").append(kContentSecurityPolicy);
    text.append(
        "\r\nX-Content-Type-Options: nosniff\r\n"
        "Referrer-Policy: no-referrer\r\n"
        "Cross-Origin-Opener-Policy: same-origin\r\n"
        "Cross-Origin-Resource-Policy: same-origin\r\n");
}

bool has_field(Response const& response, std::string_view name) {
    return std::ranges::find(response.headers, name, &std::pair<std::string, std::string>::first) !=
           response.headers.end();
}

}  // namespace

std::string head_text(Response const& response, bool keep_alive) {
    std::string text;
    text.reserve(768);
    text.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
    text.append(reason_phrase(response.status)).append("\r\nServer: leat\r\n");
    bool const empty = response.status == 204 || response.status == 304;
    if (!empty) {
        auto const size = response.static_body.empty() ? response.body.size() : response.static_body.size();
        text.append("Content-Length: ").append(std::to_string(size)).append("\r\n");
        add_field(text, "Content-Type", response.content_type);
    }
    for (auto const& [name, value] : response.headers)
        add_field(text, name, value);
    if (!has_field(response, "Cache-Control")) text.append("Cache-Control: no-store\r\n");
    add_safety(text);
    if (!keep_alive) text.append("Connection: close\r\n");
    text.append("\r\n");
    return text;
}

std::string stream_head_text() {
    std::string text =
        "HTTP/1.1 200 OK\r\nServer: leat\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
        "X-Accel-Buffering: no\r\nConnection: close\r\n";
    add_safety(text);
    text.append("\r\n");
    return text;
}

}  // namespace leat::http
