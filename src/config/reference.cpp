#include "config/reference.hpp"

#include <string_view>

#include "config/options_table.hpp"
#include "core/escape.hpp"

namespace leat::config {
namespace {

constexpr std::string_view kIntroduction = R"(# Configuration

Values come from four places; a later one overrules those before it:

1. the defaults below;
2. `leat.toml` in the current folder, or the file that `--config` names;
3. environment variables (an empty one counts as not set);
4. flags. `--set KEY=VALUE` sets any key, also of an agent: `--set agent.sentiment.lease=1m`.

`leat config check` reports everything that is wrong, each with its place and how to correct it. `leat config show` lists
every value and where it came from; secrets are shown as `***`.

Durations are texts with their unit: `"250ms"`, `"30s"`, `"5m"`, `"1h30m"`, `"7d"`. Sizes too: `"4KiB"`, `"1MiB"` (powers of
1,024), `"1MB"` (powers of 1,000). `"none"` takes a limit away that is optional. Relative paths in `leat.toml` are relative to
its folder. Lists are written `8,4,2,1` in variables and flags.

```toml
prefix = "leat"

[redis]
url = "redis://127.0.0.1:6379"

[agent.sentiment]
exec = "python3 sentiment.py"
concurrency = 8
timeout = "2m"
env = { MODEL = "small" }
```
)";

constexpr std::string_view kAgentIntroduction = R"(
## Agents: `[agent.NAME]`

One table for each agent. `NAME` has 1 to 128 characters of `A-Z a-z 0-9 _ . : -` (in quotes where it holds a dot or a colon:
`[agent."team.sentiment"]`). A flag of `leat worker`, `leat dev` and (`--max-waiting`) `leat dispatch` sets the agents that the
command names. Besides the keys below, the table `env` holds
variables for the command; it inherits only `PATH`, `HOME`, `LANG` and `TZ`.

)";

std::string code(std::string_view text) {
    return text.empty() ? "" : "`" + std::string(text) + "`";
}

void add_row(std::string& out, OptionInfo const& option, Field const& field) {
    auto type = std::string(type_name(field));
    if (auto const bounds = show_bounds(field, option.rules); !bounds.empty()) type += ", " + bounds;
    out += "| " + code(option.key) + " | " + type + " | " + code(show(field)) + " | ";
    auto const env = code(option.env), flag = code(option.flag);
    out += env + (env.empty() || flag.empty() ? "" : " ") + flag + " | ";
    out.append(option.sentence).append(" |\n");
}

constexpr std::string_view kTableHead =
    "| key | type and bounds | default | variable, flag | what it does |\n"
    "| --- | --- | --- | --- | --- |\n";

void add_setting(std::vector<Setting>& out, Config const& config, std::string key, std::string value) {
    auto origin = core::printable(config.origin(key));
    out.push_back({core::printable(key), std::move(value), std::move(origin)});
}

}  // namespace

std::vector<Setting> settings(Config const& config) {
    std::vector<Setting> out;
    auto copy = config;  // the table hands out places to write to
    for (auto const& option : global_options()) {
        add_setting(out, config, std::string(option.key), show(option.field(copy)));
    }
    for (auto& [name, agent] : copy.agents) {
        auto const prefix = "agent." + name + ".";
        for (auto const& option : agent_options()) {
            add_setting(out, config, prefix + std::string(option.key), show(option.field(agent)));
        }
        for (auto const& [variable, value] : agent.exec.environment)
            add_setting(out, config, prefix + "env." + variable, "***");
    }
    return out;
}

std::string reference_markdown() {
    std::string out(kIntroduction);
    Config config;
    std::string_view table = "?";
    for (auto const& option : global_options()) {
        auto const dot = option.key.find('.');
        auto const here = dot == std::string_view::npos ? std::string_view{} : option.key.substr(0, dot);
        if (here != table) {
            table = here;
            out += table.empty() ? "\n## Outside of tables\n\n" : "\n## `[" + std::string(table) + "]`\n\n";
            out += kTableHead;
        }
        add_row(out, option, option.field(config));
    }
    out.append(kAgentIntroduction).append(kTableHead);
    AgentConfig agent;
    for (auto const& option : agent_options())
        add_row(out, option, option.field(agent));
    return out;
}

}  // namespace leat::config
