#include "support/keyspace_snapshot.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace leat::testing {
namespace {

using nlohmann::json;

// Answers MessagePack, which keeps every byte of a value. The keys are found, not declared: for one server only.
constexpr std::string_view kReadAll = R"(
local names, seen = {}, {}
local function note(name)
    if name and name ~= '' and not seen[name] then
        seen[name] = true
        names[#names + 1] = name
    end
end
for _, name in ipairs(redis.call('KEYS', ARGV[1] .. ':*')) do
    note(name)
    if string.sub(name, -8) == ':control' and redis.call('TYPE', name).ok == 'hash' then
        for _, stream in ipairs(redis.call('HMGET', name, 'results', 'dead')) do
            note(stream)
        end
    end
end
for i = 2, #ARGV do
    note(ARGV[i])
end
local function value_of(info, field)
    for i = 1, #info, 2 do
        if info[i] == field then
            return info[i + 1]
        end
    end
end
local read = {
    string = function(key) return redis.call('GET', key) end,
    hash = function(key) return redis.call('HGETALL', key) end,
    set = function(key) return redis.call('SMEMBERS', key) end,
    zset = function(key) return redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') end,
}
function read.stream(key)
    local groups = {}
    for _, group in ipairs(redis.call('XINFO', 'GROUPS', key)) do
        local consumers = {}
        for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', key, group[2])) do
            consumers[#consumers + 1] = consumer[2]
        end
        groups[#groups + 1] = {group[2], consumers, redis.call('XPENDING', key, group[2], '-', '+', 100000000),
                               value_of(group, 'last-delivered-id')}
    end
    return {redis.call('XRANGE', key, '-', '+'), groups, value_of(redis.call('XINFO', 'STREAM', key), 'entries-added')}
end
local all = {}
for _, name in ipairs(names) do
    local type = redis.call('TYPE', name).ok
    if type ~= 'none' then
        all[#all + 1] = {name, type, redis.call('PTTL', name), read[type] and read[type](name) or ''}
    end
end
return cmsgpack.pack(all)
)";

std::string text_of(json const& value) {
    return value.get<std::string>();
}

std::vector<StreamEntry> entries_of(json const& rows) {
    std::vector<StreamEntry> entries;
    for (auto const& row : rows) {
        StreamEntry entry{.id = text_of(row.at(0))};
        auto const& parts = row.at(1);
        for (std::size_t i = 0; i + 1 < parts.size(); i += 2)
            entry.fields.emplace_back(text_of(parts[i]), text_of(parts[i + 1]));
        entries.push_back(std::move(entry));
    }
    return entries;
}

StreamGroup group_of(json const& row) {
    StreamGroup group{.name = text_of(row.at(0)), .last_delivered = text_of(row.at(3))};
    for (auto const& consumer : row.at(1))
        group.consumers.push_back(text_of(consumer));
    std::ranges::sort(group.consumers);
    for (auto const& held : row.at(2)) {
        group.pending.push_back({.entry = text_of(held.at(0)),
                                 .consumer = text_of(held.at(1)),
                                 .idle_ms = held.at(2).get<std::int64_t>(),
                                 .count = held.at(3).get<std::int64_t>()});
    }
    return group;
}

StoredKey key_of(json const& row) {
    StoredKey key{.type = text_of(row.at(1)), .ttl_ms = row.at(2).get<std::int64_t>()};
    auto const& value = row.at(3);
    if (key.type == "string") {
        key.text = text_of(value);
    } else if (key.type == "set") {
        for (auto const& member : value)
            key.pairs.emplace(text_of(member), "");
    } else if (key.type == "hash" || key.type == "zset") {
        for (std::size_t i = 0; i + 1 < value.size(); i += 2)
            key.pairs.emplace(text_of(value[i]), text_of(value[i + 1]));
    } else if (key.type == "stream") {
        key.entries = entries_of(value.at(0));
        for (auto const& group : value.at(1))
            key.groups.push_back(group_of(group));
        key.entries_added = value.at(2).get<std::int64_t>();
    }
    return key;
}

}  // namespace

std::string_view StreamEntry::field(std::string_view name) const {
    auto const found = std::ranges::find(fields, name, [](auto const& pair) -> std::string_view { return pair.first; });
    return found == fields.end() ? std::string_view() : found->second;
}

bool StreamEntry::has(std::string_view name) const {
    return std::ranges::any_of(fields, [name](auto const& pair) { return pair.first == name; });
}

StreamEntry const* StoredKey::entry(std::string_view id) const {
    auto const wanted = entry_order(id);
    if (!wanted) return nullptr;
    auto const found = std::ranges::lower_bound(entries, wanted, {}, [](auto const& e) { return entry_order(e.id); });
    return found == entries.end() || found->id != id ? nullptr : &*found;
}

StreamGroup const* StoredKey::group(std::string_view name) const {
    auto const found = std::ranges::find(groups, name, &StreamGroup::name);
    return found == groups.end() ? nullptr : &*found;
}

Snapshot read_snapshot(Ask const& ask, std::string const& prefix, std::vector<std::string> const& others) {
    std::vector<std::string> command{"EVAL", std::string(kReadAll), "0", prefix};
    command.insert(command.end(), others.begin(), others.end());
    auto const reply = ask(command);
    auto const all = json::from_msgpack(reply, /*strict=*/true, /*allow_exceptions=*/false);
    if (!all.is_array()) throw std::runtime_error("the keyspace cannot be read: " + reply.substr(0, 200));
    Snapshot snapshot;
    for (auto const& row : all)
        snapshot.emplace(text_of(row.at(0)), key_of(row));
    return snapshot;
}

std::optional<std::pair<std::uint64_t, std::uint64_t>> entry_order(std::string_view id) {
    std::pair<std::uint64_t, std::uint64_t> order;
    auto const* const end = id.data() + id.size();
    auto const ms = std::from_chars(id.data(), end, order.first);
    if (ms.ec != std::errc{} || ms.ptr == end || *ms.ptr != '-') return std::nullopt;
    auto const sequence = std::from_chars(ms.ptr + 1, end, order.second);
    if (sequence.ec != std::errc{} || sequence.ptr != end) return std::nullopt;
    return order;
}

}  // namespace leat::testing
