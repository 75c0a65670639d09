#include "store/inspect_reply.hpp"

#include <charconv>
#include <cmath>

#include "redis/error_class.hpp"
#include "store/keys.hpp"

namespace leat::store {
namespace {

// The group or its stream does not exist: nobody has registered the agent or dispatched to it yet.
bool says_missing(redis::ReplyView reply) noexcept {
    return reply.is_error() && (reply.text().starts_with("NOGROUP") || reply.text().starts_with("ERR no such key"));
}

template <class Integer>
bool parse_whole(std::string_view text, Integer& value) noexcept {
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

std::int64_t score_of(redis::ReplyView reply) noexcept {
    double value = 0;
    if (!parse_whole(reply.text(), value) || !std::isfinite(value)) return 0;
    constexpr double kExact = 9e15;  // beyond it doubles skip integers
    return static_cast<std::int64_t>(std::clamp(value, -kExact, kExact));
}

}  // namespace

std::optional<EntryId> parse_entry_id(std::string_view text) noexcept {
    auto const dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    EntryId id;
    if (!parse_whole(text.substr(0, dash), id.ms) || !parse_whole(text.substr(dash + 1), id.sequence))
        return std::nullopt;
    return id;
}

std::string behind(std::string_view entry) {
    return "(" + std::string(entry);
}

std::optional<EntryView> EntryView::of(redis::ReplyView reply) {
    if (!reply.is_aggregate() || reply.size() != 2) return std::nullopt;
    auto const fields = reply[1];
    if (!fields.is_aggregate() || !parse_entry_id(reply[0].text())) return std::nullopt;
    EntryView entry;
    entry.id_ = reply[0].text();
    entry.fields_ = fields;
    return entry;
}

std::int64_t EntryView::written_at() const noexcept {
    return static_cast<std::int64_t>(parse_entry_id(id_).value_or(EntryId{}).ms);
}

std::string_view EntryView::text(std::string_view field) const {
    for (auto it = fields_.begin(); it != fields_.end(); ++it) {
        bool const found = (*it).text() == field;
        if (++it == fields_.end()) break;
        if (found) return (*it).text();
    }
    return {};
}

std::int64_t EntryView::integer(std::string_view field) const {
    std::int64_t value = 0;
    return parse_whole(text(field), value) ? value : 0;
}

std::unexpected<Error> unexpected_reply(std::string_view operation) {
    return fail(ErrorCode::corrupt, operation, "the server's reply has an unexpected shape");
}

Result<void> check_reply(std::string_view operation, redis::ReplyView reply) {
    if (reply.is_error()) return std::unexpected(redis::error_of_reply(operation, reply.text()));
    return {};
}

Result<std::vector<EntryView>> read_entries(std::string_view operation, redis::ReplyView reply) {
    if (auto checked = check_reply(operation, reply); !checked) return std::unexpected(std::move(checked).error());
    if (!reply.is_aggregate()) return unexpected_reply(operation);
    std::vector<EntryView> entries;
    entries.reserve(reply.size());
    for (auto const item : reply) {
        auto const entry = EntryView::of(item);
        if (!entry) return unexpected_reply(operation);
        entries.push_back(*entry);
    }
    return entries;
}

Result<std::vector<PendingLine>> read_pending(std::string_view operation, redis::ReplyView reply) {
    std::vector<PendingLine> lines;
    if (says_missing(reply)) return lines;
    if (auto checked = check_reply(operation, reply); !checked) return std::unexpected(std::move(checked).error());
    if (!reply.is_aggregate()) return unexpected_reply(operation);
    lines.reserve(reply.size());
    for (auto const item : reply) {
        auto const idle = item[2].integer();
        auto const deliveries = item[3].integer();
        if (item.size() != 4 || !parse_entry_id(item[0].text()) || !idle || !deliveries)
            return unexpected_reply(operation);
        lines.push_back({item[0].text(), item[1].text(), *idle, *deliveries});
    }
    return lines;
}

Result<std::optional<PendingSummary>> read_pending_summary(std::string_view operation, redis::ReplyView reply) {
    if (says_missing(reply)) return std::nullopt;
    if (auto checked = check_reply(operation, reply); !checked) return std::unexpected(std::move(checked).error());
    auto const count = reply[0].integer();
    if (reply.size() != 4 || !count) return unexpected_reply(operation);
    PendingSummary summary{.count = *count, .consumers = {}};
    for (auto const item : reply[3]) {  // null where nothing is pending
        auto const held = item[1].integer();
        if (item.size() != 2 || !held) return unexpected_reply(operation);
        summary.consumers.emplace_back(item[0].text(), *held);
    }
    return summary;
}

Result<EntryId> read_last_delivered(std::string_view operation, redis::ReplyView reply) {
    if (says_missing(reply)) return EntryId{};
    if (auto checked = check_reply(operation, reply); !checked) return std::unexpected(std::move(checked).error());
    if (!reply.is_aggregate()) return unexpected_reply(operation);
    for (auto const group : reply) {
        std::string_view name;
        std::string_view last;
        for (auto it = group.begin(); it != group.end(); ++it) {
            auto const key = (*it).text();
            if (++it == group.end()) return unexpected_reply(operation);
            if (key == "name") name = (*it).text();
            if (key == "last-delivered-id") last = (*it).text();
        }
        if (name != kGroup) continue;
        if (auto const id = parse_entry_id(last)) return *id;
        return unexpected_reply(operation);
    }
    return EntryId{};
}

Result<std::vector<Scored>> read_scored(std::string_view operation, redis::ReplyView reply) {
    if (auto checked = check_reply(operation, reply); !checked) return std::unexpected(std::move(checked).error());
    if (!reply.is_aggregate()) return unexpected_reply(operation);
    std::vector<Scored> members;
    for (auto it = reply.begin(); it != reply.end(); ++it) {
        if ((*it).is_aggregate()) {  // RESP3 has pairs, RESP2 one flat list
            members.push_back({(*it)[0].text(), score_of((*it)[1])});
            continue;
        }
        auto const member = (*it).text();
        if (++it == reply.end()) return unexpected_reply(operation);
        members.push_back({member, score_of(*it)});
    }
    return members;
}

Result<std::int64_t> read_time(std::string_view operation, redis::ReplyView reply) {
    if (auto checked = check_reply(operation, reply); !checked) return std::unexpected(std::move(checked).error());
    auto const seconds = reply[0].integer();
    auto const microseconds = reply[1].integer();
    constexpr std::int64_t kSecondsMax = INT64_MAX / 2'000;
    if (!seconds || !microseconds || *seconds < 0 || *seconds > kSecondsMax) return unexpected_reply(operation);
    return *seconds * 1'000 + *microseconds / 1'000;
}

Result<std::int64_t> read_integer(std::string_view operation, redis::ReplyView reply) {
    if (auto checked = check_reply(operation, reply); !checked) return std::unexpected(std::move(checked).error());
    if (auto const value = reply.integer()) return *value;
    return unexpected_reply(operation);
}

}  // namespace leat::store
