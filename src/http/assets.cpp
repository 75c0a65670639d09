#include "http/assets.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "http/problem.hpp"

namespace leat::http {
namespace {

constexpr auto kTypes = std::to_array<std::pair<std::string_view, std::string_view>>({
    {".css", "text/css; charset=utf-8"},
    {".gif", "image/gif"},
    {".html", "text/html; charset=utf-8"},
    {".ico", "image/x-icon"},
    {".jpg", "image/jpeg"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".png", "image/png"},
    {".svg", "image/svg+xml"},
    {".txt", "text/plain; charset=utf-8"},
    {".wasm", "application/wasm"},
    {".webmanifest", "application/manifest+json"},
    {".webp", "image/webp"},
    {".woff2", "font/woff2"},
});

// Files below this folder have a hash of their content in their name.
constexpr std::string_view kHashedFolder = "/assets/";
constexpr std::string_view kForEver = "public, max-age=31536000, immutable";
constexpr std::string_view kAskAgain = "no-cache";

constexpr std::string_view kNoDashboard =
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Leat</title>\n"
    "<h1>Leat</h1>\n"
    "<p>This build has no dashboard: Node.js was not there when it was made. Everything else works:</p>\n"
    "<ul>\n<li>the REST API below <code>/v1</code>, described in <a "
    "href=\"/v1/openapi.json\">/v1/openapi.json</a></li>\n"
    "<li><a href=\"/metrics\">/metrics</a> for Prometheus</li>\n"
    "<li><a href=\"/healthz\">/healthz</a> and <a href=\"/readyz\">/readyz</a></li>\n</ul>\n";

// Whether the field names the tag, or any.
bool matches(std::string_view field, std::string_view etag) noexcept {
    return field == "*" || (!field.empty() && field.find(etag) != std::string_view::npos);
}

Asset const* find(std::span<Asset const> assets, std::string_view path) {
    auto const found = std::ranges::lower_bound(assets, path, {}, &Asset::path);
    return found != assets.end() && found->path == path ? &*found : nullptr;
}

}  // namespace

std::string_view content_type_of(std::string_view path) noexcept {
    auto const dot = path.rfind('.');
    if (dot != std::string_view::npos) {
        auto const known = std::ranges::find(kTypes, path.substr(dot), &decltype(kTypes)::value_type::first);
        if (known != kTypes.end()) return known->second;
    }
    return "application/octet-stream";
}

Response file_response(Asset const& asset, std::string_view content_type, std::string_view if_none_match) {
    Response response;
    response.content_type = content_type;
    response.static_body = asset.content;
    response.headers.emplace_back("ETag", asset.etag);
    response.headers.emplace_back("Cache-Control", asset.path.starts_with(kHashedFolder) ? kForEver : kAskAgain);
    if (matches(if_none_match, asset.etag)) {
        response.status = 304;
        response.static_body = {};
    }
    return response;
}

Response asset_response(std::span<Asset const> assets, std::string_view path, std::string_view if_none_match) {
    auto const* asset = find(assets, path);
    bool const is_page = path.substr(path.rfind('/') + 1).find('.') == std::string_view::npos;
    if (asset == nullptr && is_page) asset = find(assets, "/index.html");
    if (asset != nullptr) return file_response(*asset, content_type_of(asset->path), if_none_match);
    if (assets.empty() && path == "/") {
        Response response;
        response.content_type = "text/html; charset=utf-8";
        response.static_body = kNoDashboard;
        return response;
    }
    return problem(404, "not_found", "there is no such page; the API is below /v1");
}

}  // namespace leat::http
