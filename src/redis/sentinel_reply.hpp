#pragma once
// What a sentinel answers to the question where a master is. No I/O.
#include <string_view>

#include "leat/error.hpp"
#include "redis/command.hpp"
#include "redis/connect_options.hpp"
#include "redis/reply.hpp"

namespace leat::redis {

// SENTINEL get-master-addr-by-name.
[[nodiscard]] Command master_question(std::string_view master_name);
// Errors: invalid_input (it does not watch a master of that name), unsupported (it is no sentinel), denied,
// unavailable, corrupt.
[[nodiscard]] Result<Address> read_master_address(std::string_view master_name, ReplyView reply);

}  // namespace leat::redis
