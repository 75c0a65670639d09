#pragma once
// Files that are part of the program: the dashboard's pages and the description of the API.
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace leat::http {

// One embedded file; all views have static storage.
struct Asset {
    std::string_view path;  // "/index.html"
    std::string_view etag;  // with its quotes
    std::string_view content;
};

// What the build found in web/dist, sorted by path; empty where the dashboard was not built.
[[nodiscard]] std::span<Asset const> embedded_assets() noexcept;
// docs/openapi.json
[[nodiscard]] Asset const& openapi_asset() noexcept;

// By the name's ending; "application/octet-stream" for others.
[[nodiscard]] std::string_view content_type_of(std::string_view path) noexcept;

// The file for a path: itself, or index.html for paths of the dashboard's pages (without a dot in their last part).
// Without a built dashboard, a page that says so. Answers 304 to a matching If-None-Match, 404 where there is no such
// file.
[[nodiscard]] Response asset_response(std::span<Asset const> assets, std::string_view path,
                                      std::string_view if_none_match);
// One file, with its caching fields.
[[nodiscard]] Response file_response(Asset const& asset, std::string_view content_type, std::string_view if_none_match);

}  // namespace leat::http
