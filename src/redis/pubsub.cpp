#include "redis/pubsub.hpp"

namespace leat::redis {

bool is_subscription_command(std::string_view name) noexcept {
    return name.ends_with("SUBSCRIBE");
}

bool is_subscription_confirmation(ReplyView reply) noexcept {
    return reply.size() == 3 && reply[0].text().ends_with("subscribe");
}

bool is_pubsub_array(ReplyView reply) noexcept {
    if (is_subscription_confirmation(reply)) return true;
    auto const kind = reply[0].text();
    return kind == "message" || kind == "pmessage" || kind == "smessage";
}

}  // namespace leat::redis
