#include "config/config.hpp"

namespace leat::config {

std::string_view Config::origin(std::string_view key) const {
    auto const found = origins.find(key);
    return found == origins.end() ? std::string_view("default") : std::string_view(found->second);
}

ClientOptions Config::client_options(std::string_view agent_name) const {
    ClientOptions options;
    static_cast<ConnectionOptions&>(options) = connection;
    auto const policy = agent(agent_name);
    options.max_waiting = policy.max_waiting;
    options.max_retries = policy.options.max_retries;
    options.payload_bytes_max = payload_bytes_max;
    options.durability = durability;
    options.durability_timeout = durability_timeout;
    return options;
}

WorkerOptions Config::worker_options() const {
    WorkerOptions options;
    static_cast<ConnectionOptions&>(options) = connection;
    options.name = worker_name;
    options.handler_threads = worker_handler_threads;
    options.grace = worker_grace;
    options.allow_eviction = worker_allow_eviction;
    options.front_door = front_door;
    return options;
}

AgentConfig Config::agent(std::string_view name) const {
    auto const found = agents.find(name);
    return found == agents.end() ? AgentConfig{} : found->second;
}

}  // namespace leat::config
