#include "config/toml_file.hpp"

#include <algorithm>
#include <fstream>
#include <tuple>

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace leat::config {
namespace {

constexpr int kDepthMax = 8;  // of nested tables: no key of ours is deeper than four

int line_of(toml::node const& node) noexcept {
    return static_cast<int>(node.source().begin.line);
}

Raw raw_array(toml::array const& array) {
    std::vector<std::string> texts;
    std::vector<std::int64_t> numbers;
    for (auto const& node : array) {
        if (auto const* const text = node.as_string()) texts.push_back(text->get());
        if (auto const* const number = node.as_integer()) numbers.push_back(number->get());
    }
    if (texts.size() == array.size()) return texts;
    if (numbers.size() == array.size()) return numbers;
    return Unusable{"an array of different types"};
}

Raw raw_value(toml::node const& node) {
    if (auto const* const value = node.as_string()) return value->get();
    if (auto const* const value = node.as_integer()) return value->get();
    if (auto const* const value = node.as_floating_point()) return value->get();
    if (auto const* const value = node.as_boolean()) return value->get();
    if (auto const* const value = node.as_array()) return raw_array(*value);
    return Unusable{"a date or time"};
}

void flatten(toml::table const& table, std::vector<std::string>& path, TomlFile& out) {
    for (auto const& [key, node] : table) {
        path.emplace_back(key.str());
        auto const* const inner = node.as_table();
        if (inner != nullptr && static_cast<int>(path.size()) < kDepthMax) {
            out.entries.push_back({path, line_of(node), Unusable{"a table"}, true});
            flatten(*inner, path, out);
        } else {
            out.entries.push_back(
                {path, line_of(node), inner != nullptr ? Unusable{"a table"} : raw_value(node), false});
        }
        path.pop_back();
    }
}

}  // namespace

TomlFile parse_toml(std::string_view text) {
    TomlFile out;
    if (text.size() > kConfigBytesMax) {
        out.problems.push_back({0, "the file is larger than 1 MiB; it holds something else than a configuration"});
        return out;
    }
    auto const result = toml::parse(text);
    if (!result) {
        auto const& error = result.error();
        out.problems.push_back({static_cast<int>(error.source().begin.line),
                                "this is no TOML: " + std::string(error.description()) + "; correct the line"});
        return out;
    }
    std::vector<std::string> path;
    flatten(result.table(), path, out);
    // toml++ keeps keys sorted by name; people read files from the top. Tables stay before what they hold.
    std::ranges::sort(out.entries, {}, [](TomlEntry const& entry) { return std::tie(entry.line, entry.path); });
    return out;
}

TomlFile read_toml(std::filesystem::path const& file) {
    TomlFile out;
    std::error_code ignored;
    auto const status = std::filesystem::status(file, ignored);
    if (status.type() == std::filesystem::file_type::not_found) {
        out.missing = true;
        return out;
    }
    std::ifstream stream(file, std::ios::binary);
    if (!stream || std::filesystem::is_directory(status)) {
        out.problems.push_back({0, "the file cannot be read; check its path and rights"});
        return out;
    }
    std::string text(kConfigBytesMax + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(stream.gcount()));
    return parse_toml(text);
}

}  // namespace leat::config
