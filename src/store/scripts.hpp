#pragma once
// All scripts as a whole: putting them into a server, and what they do there.
#include <boost/asio/awaitable.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "leat/error.hpp"
#include "redis/connection.hpp"

namespace leat::store {

// Loads the scripts that the server has not got. One round trip where it has them all, else two. Errors as
// Connection::exec, `denied` where this user may not load scripts.
[[nodiscard]] boost::asio::awaitable<Result<void>> load_scripts(redis::Connection& connection);

// Names of all scripts ("dispatch"), sorted.
[[nodiscard]] std::vector<std::string_view> script_names();
// Commands that a script calls, in lower case, with a subcommand where there is one ("xgroup|create").
[[nodiscard]] std::set<std::string> script_commands(std::string_view script_name);

}  // namespace leat::store
