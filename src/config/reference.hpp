#pragma once
// The configuration for people: `config show`, and docs/configuration.md.
#include <string>
#include <vector>

#include "config/config.hpp"

namespace leat::config {

struct Setting {
    std::string key;     // "agent.sentiment.lease"
    std::string value;   // as leat.toml would have it; "***" for secrets and for variables of subprocesses
    std::string origin;  // "leat.toml:12", "LEAT_REDIS", "--redis", "default"
};

// Every value in the order of the table, agents by name. Safe to print.
[[nodiscard]] std::vector<Setting> settings(Config const& config);

// docs/configuration.md, complete.
[[nodiscard]] std::string reference_markdown();

}  // namespace leat::config
