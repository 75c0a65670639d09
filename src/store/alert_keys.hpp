#pragma once
// Keys of alerts, which are the whole installation's and of no transition.
#include <string>
#include <string_view>

#include "store/keys.hpp"

namespace leat::store {

// Hash: alerts that were told.
[[nodiscard]] inline std::string told_alerts_key(KeySpace const& space) {
    return space.prefix() + ":alerts";
}
// String with TTL: whose turn it is to tell. `what`: "fire" or "end"; `agent`: empty for alerts of the installation.
[[nodiscard]] inline std::string alert_turn_key(KeySpace const& space, std::string_view what, std::string_view kind,
                                                std::string_view agent) {
    auto key = space.prefix() + ":alert:";
    key.append(what).append(":").append(kind);
    return agent.empty() ? key : key.append(":").append(agent);
}

}  // namespace leat::store
