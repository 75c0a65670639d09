#pragma once
// Addresses of other servers, as operators write them.
#include <string>
#include <string_view>

#include "leat/error.hpp"

namespace leat::outbound {

// http://… or https://… with a host. invalid_input otherwise; the text never repeats user, password or query.
[[nodiscard]] Result<void> check_url(std::string_view url);

// Where `url` points, for logs: "https://host:port/path", without user, password, query and fragment. "(no address)"
// for what check_url() refuses.
[[nodiscard]] std::string shown_url(std::string_view url);

}  // namespace leat::outbound
