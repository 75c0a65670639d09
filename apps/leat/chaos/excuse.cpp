#include "chaos/excuse.hpp"

#include <algorithm>
#include <charconv>

namespace leat::cli::chaos {
namespace {

constexpr std::int64_t kLongestMs = 366LL * 24 * 3600 * 1000;

std::optional<Milliseconds> milliseconds(std::string_view digits) {
    std::int64_t value = 0;
    auto const [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (fault != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    if (value < 0 || value > kLongestMs) return std::nullopt;
    return Milliseconds(value);
}

std::vector<std::string> names(std::string_view list) {
    std::vector<std::string> names;
    while (!list.empty()) {
        auto const comma = list.find(',');
        names.emplace_back(list.substr(0, comma));
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    }
    return names;
}

void take_word(std::string_view word, Excuse& excuse) {
    constexpr std::string_view losses = "losses=";
    constexpr std::string_view after = "after=";
    constexpr std::string_view only = "only=";
    if (word == "changes") excuse.changes = true;
    if (word == "emptied") excuse.emptied = true;
    if (word.starts_with(only)) excuse.processes = names(word.substr(only.size()));
    if (word == "duplicates") excuse.duplicates = true;
    if (word == "overlaps") excuse.overlaps = true;
    if (word == "early_runs") excuse.early_runs = true;
    if (word.starts_with(losses)) excuse.losses = milliseconds(word.substr(losses.size()));
    if (word.starts_with(after)) excuse.after = milliseconds(word.substr(after.size())).value_or(Milliseconds{0});
}

}  // namespace

bool Excuse::hits(std::string_view process) const {
    return !processes || std::ranges::find(*processes, process) != processes->end();
}

std::string encode(Excuse const& excuse, Milliseconds lease) {
    std::string text;
    auto const add = [&text](std::string const& word) { text += (text.empty() ? "" : " ") + word; };
    if (excuse.duplicates) add("duplicates");
    if (excuse.overlaps) add("overlaps");
    if (excuse.early_runs) add("early_runs");
    if (excuse.changes) add("changes");
    if (excuse.losses) add("losses=" + std::to_string(excuse.losses->count()));
    if (excuse.emptied) add("emptied");
    auto const leases = static_cast<std::int64_t>(excuse.after_leases * static_cast<double>(lease.count()));
    if (auto const after = excuse.after.count() + leases; after > 0) add("after=" + std::to_string(after));
    if (excuse.processes) {
        std::string list;
        for (auto const& name : *excuse.processes)
            list += (list.empty() ? "" : ",") + name;
        add("only=" + list);
    }
    return text;
}

Excuse decode_excuse(std::string_view text) {
    Excuse excuse;
    while (!text.empty()) {
        auto const space = text.find(' ');
        take_word(text.substr(0, space), excuse);
        text = space == std::string_view::npos ? std::string_view{} : text.substr(space + 1);
    }
    return excuse;
}

}  // namespace leat::cli::chaos
