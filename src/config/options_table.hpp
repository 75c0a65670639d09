#pragma once
// Every option of the program, declared once. Loading, flags, `config show` and docs/configuration.md are made from it.
#include <span>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "config/value.hpp"

namespace leat::config {

// What an option is called and what it does. All texts have static storage.
struct OptionInfo {
    std::string_view key;        // in leat.toml: "redis.url"; of an agent: below its table ("lease")
    std::string_view env = "";   // environment variable, empty where there is none
    std::string_view flag = "";  // empty where there is none
    Rules rules;
    std::string_view sentence;
};

// An option of the program as a whole.
struct GlobalOption : OptionInfo {
    Field (*field)(Config& config);
};
// An option of one agent: [agent.NAME] in leat.toml. Its flag belongs to the agent that the command names.
struct AgentOption : OptionInfo {
    Field (*field)(AgentConfig& agent);
};

[[nodiscard]] std::span<GlobalOption const> global_options() noexcept;
[[nodiscard]] std::span<AgentOption const> agent_options() noexcept;

// Agent tables also hold a table `env`: variables of the subprocess.
inline constexpr std::string_view kAgentEnvKey = "env";

}  // namespace leat::config
