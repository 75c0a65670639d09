#pragma once
// The configuration of the program: what leat.toml, the environment and flags may set, as plain values.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leat/exec.hpp"
#include "leat/options.hpp"

namespace leat::config {

// What an agent has of its own instead of [alerts]; none: as there, 0: not watched.
struct AgentAlertsConfig {
    std::optional<std::int64_t> pending;
    std::optional<std::uint64_t> ready_age;    // seconds
    std::optional<std::uint64_t> running_age;  // seconds
    std::optional<std::int64_t> dead;
};

// One [agent.NAME] table.
struct AgentConfig {
    ExecOptions exec;  // `command` is empty where the table only sets a policy
    AgentOptions options;
    std::optional<std::int64_t> max_waiting;  // refuse dispatches beyond it; none: no limit
    AgentAlertsConfig alerts;
};

// [http]: the server of `leat serve` and `leat dev`.
struct HttpConfig {
    std::string listen = "127.0.0.1:7070";
    std::string token_file;         // operators'
    std::string viewer_token_file;  // viewers'
    std::vector<std::string> hosts;
    std::vector<std::string> redact;
};

// [alerts]: what `leat serve` and `leat dev` watch. Ages in seconds; none and 0: not watched.
struct AlertsConfig {
    bool enabled = true;
    Milliseconds every{5'000};
    Milliseconds hold{30'000};
    std::optional<std::int64_t> pending;
    std::optional<std::uint64_t> ready_age = 300;
    std::optional<std::uint64_t> running_age = 3'600;
    std::optional<std::uint64_t> overdue = 60;
    double unrenewed = 0.8;
    std::int64_t dead = 5;
    double dead_share = 0.05;
    Milliseconds dead_window{600'000};
    bool no_worker = true;
    bool full = true;
    double memory = 0.8;
    bool redis = true;
    std::string webhook_url;
    std::string webhook_secret_file;
    Milliseconds repeat{4 * 3'600'000};
};

struct Config {
    ConnectionOptions connection;
    std::string password_file;  // its first line is in connection.password already

    std::string worker_name;
    Milliseconds worker_grace{25'000};
    int worker_handler_threads = 2;
    bool worker_allow_eviction = false;

    FrontDoorOptions front_door;
    std::size_t payload_bytes_max = Limits::payload_bytes;
    Durability durability;
    Milliseconds durability_timeout{1'000};
    HttpConfig http;
    AlertsConfig alerts;
    std::string worker_metrics;  // address of a worker's own /metrics; empty: none
    std::string worker_metrics_token_file;
    std::string data_dir = ".leat";  // of `leat dev`

    std::map<std::string, AgentConfig, std::less<>> agents;

    // Where each value that is no default came from: "redis.url" → "leat.toml:12", "LEAT_REDIS" or "--redis".
    std::map<std::string, std::string, std::less<>> origins;

    // Where the value of a key came from; "default" where nothing set it.
    [[nodiscard]] std::string_view origin(std::string_view key) const;
    // Options for a client of `agent`, which need not have a table.
    [[nodiscard]] ClientOptions client_options(std::string_view agent) const;
    [[nodiscard]] WorkerOptions worker_options() const;
    // The table of an agent, or the defaults.
    [[nodiscard]] AgentConfig agent(std::string_view name) const;
};

}  // namespace leat::config
