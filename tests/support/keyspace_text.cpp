#include "support/keyspace_text.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <regex>

#include "support/sentence.hpp"

namespace leat::testing {
namespace {

constexpr std::int64_t kMsPerSecond = 1'000;
constexpr std::int64_t kMsPerMinute = 60'000;

using Lines = std::vector<std::string>;

// Rounded up to tens: a slow test shows the same.
std::int64_t seconds(std::int64_t ms) {
    constexpr auto kTen = 10 * kMsPerSecond;
    return (ms + kTen - 1) / kTen * 10;
}

void add_stream(std::string const& name, StoredKey const& key, Lines& lines) {
    lines.push_back(sentence("{} is a stream", name));
    for (auto const& entry : key.entries) {
        auto line = sentence("{} {}", name, entry.id);
        for (auto const& [field, value] : entry.fields)
            line += sentence(" {}={}", field, value);
        lines.push_back(std::move(line));
    }
    for (auto const& group : key.groups) {
        lines.push_back(sentence("{} group {} has read to {}", name, group.name, group.last_delivered));
        for (auto const& consumer : group.consumers)
            lines.push_back(sentence("{} group {} consumer {}", name, group.name, consumer));
        for (auto const& row : group.pending)
            lines.push_back(sentence("{} pending {} with {}, count {}, idle {} min", name, row.entry, row.consumer,
                                     row.count, row.idle_ms / kMsPerMinute));
    }
}

}  // namespace

std::string without_times(std::string text) {
    static std::array<std::pair<std::regex, std::string>, 3> const kTimes{{
        {std::regex(R"(\b1[6-9]\d{11}-\d+)"), "<id>"},
        {std::regex(R"(\b1[6-9]\d{11}\b)"), "<ms>"},
        {std::regex(R"(\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ)"), "<date>"},
    }};
    for (auto const& [pattern, replacement] : kTimes)
        text = std::regex_replace(text, pattern, replacement);
    return text;
}

std::vector<std::string> lines_of(Snapshot const& snapshot, std::string_view own) {
    Lines lines;
    for (auto const& [full_name, key] : snapshot) {
        auto const name = full_name.starts_with(own) ? full_name.substr(own.size()) : full_name;
        if (key.type == "stream") {
            add_stream(name, key, lines);
        } else if (key.type == "string") {
            lines.push_back(sentence("{} = {}", name, key.text));
        } else {
            for (auto const& [field, value] : key.pairs)
                lines.push_back(sentence("{} {}{}{}", name, field, value.empty() ? "" : " = ", value));
        }
        if (key.ttl_ms >= 0) lines.push_back(sentence("{} lives {} s", name, seconds(key.ttl_ms)));
    }
    for (auto& line : lines)
        line = without_times(std::move(line));
    return lines;
}

std::vector<std::string> difference(std::vector<std::string> const& before, std::vector<std::string> const& after) {
    auto const missing_in = [](Lines from, Lines other, std::string_view mark) {
        std::ranges::sort(from);
        std::ranges::sort(other);
        Lines missing;
        std::ranges::set_difference(from, other, std::back_inserter(missing));
        for (auto& line : missing)
            line.insert(0, mark);
        return missing;
    };
    auto changes = missing_in(before, after, "- ");
    std::ranges::move(missing_in(after, before, "+ "), std::back_inserter(changes));
    return changes;
}

}  // namespace leat::testing
