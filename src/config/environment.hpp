#pragma once
// A connection as variables of the environment, for processes that we start: other users can read the arguments of a
// process, its environment they cannot.
#include <map>
#include <string>

#include "leat/options.hpp"

namespace leat::config {

// What load() makes the same connection of again, whatever else is in the environment. Variables with an empty value
// count as not set.
[[nodiscard]] std::map<std::string, std::string> environment_of(ConnectionOptions const& connection);

}  // namespace leat::config
