#include "config/load.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <utility>

#include "config/checks.hpp"
#include "config/nearest.hpp"
#include "config/options_table.hpp"
#include "config/toml_file.hpp"
#include "core/escape.hpp"

namespace leat::config {
namespace {

constexpr std::string_view kAgentTable = "agent";
constexpr std::size_t kPasswordBytesMax = 4'096;
// Variables that are this close to one of ours are typing mistakes; others belong to somebody else.
constexpr std::string_view kEnvPrefix = "LEAT_";

std::string joined(std::vector<std::string> const& path) {
    std::string out;
    for (auto const& part : path)
        out.append(out.empty() ? "" : ".").append(part);
    return out;
}

std::string unknown(std::string_view what, std::string_view name, std::vector<std::string_view> const& candidates) {
    auto text = "there is no such " + std::string(what) + "; ";
    auto const meant = nearest(name, candidates);
    if (meant.empty()) return text + "remove it (`leat config show` lists all keys)";
    return text.append("did you mean \"").append(meant).append("\"?");
}

std::vector<std::string_view> global_keys() {
    std::vector<std::string_view> keys;
    for (auto const& option : global_options())
        keys.push_back(option.key);
    return keys;
}

std::vector<std::string_view> agent_keys() {
    std::vector<std::string_view> keys{kAgentEnvKey};
    for (auto const& option : agent_options())
        keys.push_back(option.key);
    return keys;
}

// The tables at the top of the file: "redis", "worker" … and "agent".
std::vector<std::string_view> table_names() {
    std::vector<std::string_view> names{kAgentTable};
    for (auto const& option : global_options()) {
        if (auto const dot = option.key.find('.'); dot != std::string_view::npos)
            names.push_back(option.key.substr(0, dot));
    }
    return names;
}

bool contains(std::vector<std::string_view> const& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

// Sources in rising weight.
enum class Rank { none, file, environment, flags };

// A value on its way into the configuration.
struct Incoming {
    Rank rank;
    std::string where;
    Raw raw;
};

class Loader {
  public:
    explicit Loader(Sources const& sources) : sources_(sources) {}

    std::expected<Config, std::vector<Problem>> run() {
        take_file();
        take_environment();
        take_flags();
        take_password_file();
        check_together();
        if (!problems_.empty()) return std::unexpected(std::move(problems_));
        return std::move(config_);
    }

  private:
    void problem(std::string_view where, std::string_view key, std::string_view what) {
        problems_.push_back({core::printable(where), core::printable(key), core::printable(what)});
    }

    // --- values ---

    void assign_to(OptionInfo const& option, Field const& field, std::string const& key, Incoming const& incoming) {
        auto const wrong = assign(field, option.rules, incoming.raw);
        if (!wrong.empty()) return problem(incoming.where, key, wrong);
        if (auto const* const path = std::get_if<Path>(&field); path != nullptr && incoming.rank == Rank::file) {
            auto const folder = sources_.file.parent_path();
            if (!path->value->empty()) *path->value = (folder / *path->value).lexically_normal().string();
        }
        config_.origins[key] = incoming.where;
        ranks_[key] = incoming.rank;
    }

    void set_global(std::string const& key, Incoming const& incoming) {
        for (auto const& option : global_options()) {
            if (option.key == key) return assign_to(option, option.field(config_), key, incoming);
        }
        problem(incoming.where, key, unknown("key", key, global_keys()));
    }

    // The agent of that name, made when it is new; null for a name that no agent can have.
    AgentConfig* agent(std::string const& name, std::string_view where) {
        if (auto const checked = check_name("agent name", name); !checked) {
            problem(where, "agent." + name, checked.error().detail);
            return nullptr;
        }
        return &config_.agents[name];
    }

    void set_agent(std::string const& name, std::string const& key, Incoming const& incoming) {
        auto* const found = agent(name, incoming.where);
        if (found == nullptr) return;
        auto const full_key = "agent." + name + "." + key;
        for (auto const& option : agent_options()) {
            if (option.key == key) return assign_to(option, option.field(*found), full_key, incoming);
        }
        problem(incoming.where, full_key, unknown("key", key, agent_keys()));
    }

    void set_agent_variable(std::string const& name, std::string const& variable, Incoming const& incoming) {
        auto* const found = agent(name, incoming.where);
        if (found == nullptr) return;
        auto const key = "agent." + name + ".env." + variable;
        if (!is_variable_name(variable)) {
            return problem(incoming.where, key, "this is no name of a variable; write A-Z a-z 0-9 _, no digit first");
        }
        std::string value;
        auto const wrong = assign(Secret{&value}, Rules{}, incoming.raw);
        if (!wrong.empty()) return problem(incoming.where, key, wrong);
        found->exec.environment[variable] = std::move(value);
        config_.origins[key] = incoming.where;
    }

    // --- leat.toml ---

    void take_file() {
        auto const name = sources_.file.string();
        auto file = read_toml(sources_.file);
        if (file.missing && sources_.file_required)
            problem(name, "", "there is no such file; create it or name another");
        for (auto const& [line, what] : file.problems)
            problem(place(line), "", what);
        for (auto& entry : file.entries)
            take_entry(std::move(entry));
    }

    std::string place(int line) const {
        auto name = sources_.file.string();
        return line > 0 ? name + ":" + std::to_string(line) : name;
    }

    void take_entry(TomlEntry entry) {
        auto const& path = entry.path;
        auto const key = joined(path);
        auto const below_unknown = [&](std::string const& table) { return key.starts_with(table); };
        if (std::ranges::any_of(unknown_tables_, below_unknown)) return;
        Incoming const incoming{Rank::file, place(entry.line), std::move(entry.value)};
        if (path.front() == kAgentTable) return take_agent_entry(path, entry.is_table, incoming);
        if (!entry.is_table) return set_global(key, incoming);
        if (path.size() == 1 && contains(table_names(), key)) return;
        unknown_tables_.push_back(key + ".");
        if (contains(global_keys(), key)) return set_global(key, incoming);
        problem(incoming.where, key, unknown("table", key, table_names()));
    }

    void take_agent_entry(std::vector<std::string> const& path, bool is_table, Incoming const& incoming) {
        auto const key = joined(path);
        bool const env = path.size() >= 3 && path[2] == kAgentEnvKey;
        if (path.size() <= 2 && !is_table) {
            problem(incoming.where, key, "an agent is a table; write [agent.NAME] with its keys below");
        } else if (path.size() == 2) {
            if (agent(path[1], incoming.where) == nullptr) unknown_tables_.push_back(key + ".");
        } else if (path.size() == 3 && !(env && is_table)) {
            if (is_table) unknown_tables_.push_back(key + ".");
            if (env)
                return problem(incoming.where, key, "this is a table of variables; write env = { NAME = \"value\" }");
            set_agent(path[1], path[2], incoming);
        } else if (path.size() == 4 && env) {
            if (is_table) unknown_tables_.push_back(key + ".");
            set_agent_variable(path[1], path[3], incoming);
        }
    }

    // --- environment and flags ---

    void take_environment() {
        std::vector<std::string_view> known;
        for (auto const& option : global_options())
            known.push_back(option.env);
        for (auto const& [name, value] : sources_.environment) {
            if (!name.starts_with(kEnvPrefix) || value.empty()) continue;
            auto const option = std::ranges::find(global_options(), std::string_view(name), &GlobalOption::env);
            if (option != global_options().end()) {
                set_global(std::string(option->key), {Rank::environment, name, Text{value}});
            } else if (nearly_same(name, known)) {
                problem(name, "", unknown("variable", name, known));
            }
        }
    }

    // Variables such as LEAT_PORT may belong to the platform, so only near misses are called mistakes.
    static bool nearly_same(std::string_view name, std::vector<std::string_view> const& known) {
        auto const meant = nearest(name, known);
        return !meant.empty() && meant.substr(0, kEnvPrefix.size() + 3) == name.substr(0, kEnvPrefix.size() + 3);
    }

    void take_flags() {
        for (auto const& [flag, value] : sources_.flags) {
            if (flag.starts_with("--")) {
                take_flag(flag, {Rank::flags, flag, Text{value}});
            } else {
                take_set(flag, {Rank::flags, "--set " + flag, Text{value}});
            }
        }
    }

    void take_flag(std::string const& flag, Incoming const& incoming) {
        std::vector<std::string_view> known;
        for (auto const& option : global_options()) {
            if (option.flag == flag) return set_global(std::string(option.key), incoming);
            known.push_back(option.flag);
        }
        for (auto const& option : agent_options()) {
            if (option.flag == flag) {
                if (sources_.agents.empty())
                    problem(flag, option.key, "it belongs to an agent and none is named; name one");
                for (auto const& agent : sources_.agents)
                    set_agent(agent, std::string(option.key), incoming);
                return;
            }
            known.push_back(option.flag);
        }
        problem(flag, "", unknown("flag", flag, known));
    }

    // "redis.url", "agent.NAME.lease" or "agent.NAME.env.VARIABLE"; names of agents may hold dots.
    void take_set(std::string const& key, Incoming const& incoming) {
        auto const prefix = std::string(kAgentTable) + ".";
        if (!key.starts_with(prefix)) return set_global(key, incoming);
        auto const rest = std::string_view(key).substr(prefix.size());
        auto const last = rest.rfind('.');
        if (last == std::string_view::npos) {
            return problem(incoming.where, key, "a key of an agent is missing; write agent.NAME.KEY");
        }
        auto const name = rest.substr(0, last);
        auto const leaf = std::string(rest.substr(last + 1));
        constexpr std::string_view kEnvTable = ".env";
        if (name.ends_with(kEnvTable)) {
            return set_agent_variable(std::string(name.substr(0, name.size() - kEnvTable.size())), leaf, incoming);
        }
        set_agent(std::string(name), leaf, incoming);
    }

    // --- what needs more than one value ---

    void take_password_file() {
        auto const file_rank = ranks_["redis.password_file"];
        auto const password_rank = ranks_["redis.password"];
        if (config_.password_file.empty() || password_rank > file_rank) return;
        auto const& where = config_.origins["redis.password_file"];
        if (password_rank == file_rank) {
            return problem(where, "redis.password_file", "there is also redis.password; keep one of them");
        }
        std::ifstream stream(config_.password_file, std::ios::binary);
        std::string password(kPasswordBytesMax + 1, '\0');
        stream.read(password.data(), static_cast<std::streamsize>(password.size()));
        password.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
        password.resize(std::min(password.find_first_of("\r\n"), password.size()));
        if (password.empty() || password.size() > kPasswordBytesMax) {
            return problem(
                where, "redis.password_file",
                "\"" + config_.password_file + "\" has no first line that can be read; check its path and rights");
        }
        config_.connection.password = std::move(password);
        config_.origins["redis.password"] = where;
    }

    void check_together() {
        auto const& door = config_.front_door;
        if (door.stream == door.dead_stream) {
            problem(config_.origin("front_door.dead_stream"), "front_door.dead_stream",
                    "it is also front_door.stream; give it another key");
        }
        auto const& connection = config_.connection;
        if (connection.tls_cert_file.empty() != connection.tls_key_file.empty()) {
            auto const* const key = connection.tls_key_file.empty() ? "redis.tls_cert_file" : "redis.tls_key_file";
            problem(config_.origin(key), key, "redis.tls_cert_file and redis.tls_key_file belong together; set both");
        }
        for (auto const& [name, agent] : config_.agents)
            check_agent("agent." + name + ".", agent.options);
    }

    void check_agent(std::string const& prefix, AgentOptions const& options) {
        if (options.backoff_cap < options.backoff_base) {
            auto const key = prefix + (ranks_.contains(prefix + "backoff_cap") ? "backoff_cap" : "backoff_base");
            problem(config_.origin(key), key, "backoff_cap is below backoff_base; raise it, or lower the base");
        }
        for (std::string_view const leaf : {"results_stream", "dead_stream"}) {
            auto const& stream = leaf == "results_stream" ? options.results_stream : options.dead_stream;
            auto const& door = config_.front_door;
            if (!stream.empty() && (stream == door.stream || stream == door.dead_stream)) {
                auto const key = prefix + std::string(leaf);
                problem(config_.origin(key), key, "it is also a stream of the front door; give it another key");
            }
        }
        if (!options.dead_stream.empty() && options.dead_stream == options.results_stream) {
            auto const key = prefix + "dead_stream";
            problem(config_.origin(key), key, "it is also results_stream; give it another key");
        }
    }

    Sources const& sources_;
    Config config_;
    std::map<std::string, Rank> ranks_;
    std::vector<std::string> unknown_tables_;  // "redsi.": entries below are not looked at
    std::vector<Problem> problems_;
};

}  // namespace

std::string Problem::message() const {
    auto out = where;
    if (!key.empty()) out += ": " + key;
    return out + ": " + what;
}

std::expected<Config, std::vector<Problem>> load(Sources const& sources) {
    return Loader(sources).run();
}

}  // namespace leat::config
