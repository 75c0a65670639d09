#pragma once
// Loads the configuration: defaults < leat.toml < environment < flags.
#include <expected>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "config/config.hpp"

namespace leat::config {

// Where values come from. The caller collects them, so that loading reads no environment of its own.
struct Sources {
    std::filesystem::path file = "leat.toml";
    bool file_required = false;  // a missing file is a problem: somebody named it
    // All variables; those without the prefix LEAT_ and empty ones are not looked at.
    std::map<std::string, std::string> environment;
    // By flag ("--redis"), or by key for `--set` ("redis.url", "agent.NAME.lease").
    std::map<std::string, std::string> flags;
    // The agents that flags such as --lease belong to; empty: none was named.
    std::vector<std::string> agents;
};

// One thing to correct. Safe to print; never repeats a secret.
struct Problem {
    std::string where;  // "leat.toml:12", "LEAT_REDIS", "--redis"
    std::string key;    // "agent.sentiment.lease"; empty where it is about no key
    std::string what;   // what is wrong and how to correct it

    // "leat.toml:12: agent.sentiment.lease: it is the number 5; write a duration …"
    [[nodiscard]] std::string message() const;
};

// The configuration, or everything that is wrong with it at once, in the order of the sources. Relative paths in the
// file are relative to its folder. Reads the file and the password file, nothing else.
[[nodiscard]] std::expected<Config, std::vector<Problem>> load(Sources const& sources);

}  // namespace leat::config
