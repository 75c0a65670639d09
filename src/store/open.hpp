#pragma once
// From the public connection options to what the redis layer needs.
#include "leat/error.hpp"
#include "leat/options.hpp"
#include "redis/connect_options.hpp"

namespace leat::store {

// Parses the URL, lays the other options over it, checks the prefix ([A-Za-z0-9_.-]{1,32}), the timeouts and that the
// TLS certificate has its key.
// Errors: invalid_input with a sentence that never repeats a password.
[[nodiscard]] Result<redis::ConnectOptions> connect_options_of(ConnectionOptions const& options);

}  // namespace leat::store
