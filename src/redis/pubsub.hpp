#pragma once
// What makes a pub/sub message: RESP3 marks it as a push, RESP2 does not.
#include <string_view>

#include "redis/reply.hpp"

namespace leat::redis {

// SUBSCRIBE, UNSUBSCRIBE and their variants for patterns and shards.
[[nodiscard]] bool is_subscription_command(std::string_view name) noexcept;
// ["subscribe", channel, count] and its variants.
[[nodiscard]] bool is_subscription_confirmation(ReplyView reply) noexcept;
// A confirmation, or ["message", channel, payload] and its variants. For RESP2, where any array could be one.
[[nodiscard]] bool is_pubsub_array(ReplyView reply) noexcept;

}  // namespace leat::redis
