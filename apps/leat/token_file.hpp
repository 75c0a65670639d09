#pragma once
#include <string>

#include "leat/error.hpp"

namespace leat::cli {

// The first line of a file with a token or a secret; empty where no file is named. Errors: not_found.
[[nodiscard]] Result<std::string> read_token(std::string const& file);

}  // namespace leat::cli
