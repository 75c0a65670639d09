#pragma once
// leat.toml as a flat list of keys and values with their lines.
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/value.hpp"

namespace leat::config {

// One value. Tables are taken apart; an empty table is one entry, so that [agent.x] alone makes an agent.
struct TomlEntry {
    std::vector<std::string> path;  // {"agent", "sentiment", "lease"}
    int line = 0;                   // from 1
    Raw value;
    bool is_table = false;
};

struct TomlProblem {
    int line = 0;  // 0: the file as a whole
    std::string what;
};

struct TomlFile {
    std::vector<TomlEntry> entries;
    std::vector<TomlProblem> problems;
    bool missing = false;  // there is no such file; neither entries nor problems then
};

// Reads a file of at most kConfigBytesMax.
[[nodiscard]] TomlFile read_toml(std::filesystem::path const& file);
// The same for its text.
[[nodiscard]] TomlFile parse_toml(std::string_view text);

inline constexpr std::size_t kConfigBytesMax = 1U << 20;

}  // namespace leat::config
