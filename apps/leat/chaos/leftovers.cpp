#include "chaos/leftovers.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "core/escape.hpp"

namespace leat::cli::chaos {
namespace {

constexpr auto kKeysPage = "500";
// Of each key: how long it lives, ms, and the state where it is a record.
constexpr std::string_view kLookScript =
    "local told = {} "
    "for i, key in ipairs(KEYS) do "
    "  local kind = redis.call('type', key).ok "
    "  local state = kind == 'string' and string.match(redis.call('get', key), '\"state\":\"(%a+)\"') or '' "
    "  told[2 * i - 1] = redis.call('pttl', key) "
    "  told[2 * i] = state "
    "end "
    "return told";

// What a key is for, as far as its life is concerned.
enum class Kind : std::uint8_t { unknown, lasting, short_lived, record, strange_record };

class Names {
  public:
    Names(store::KeySpace const& space, std::string const& front, std::span<std::string const> agents,
          TaskNames const& tasks)
        : tasks_(tasks), worker_(space.worker("")) {
        lasting_ = {space.agents(), space.workers(), space.epoch(), space.front_dead(), space.front_stats(), front};
        for (auto const& name : agents) {
            auto const keys = space.agent(name);
            for (auto const& key : {keys.scheduled, keys.results, keys.dead, keys.stats, keys.control})
                lasting_.insert(key);
            lasting_.insert(keys.ready.begin(), keys.ready.end());
            short_lived_.insert(keys.auditor);
            short_lived_.insert(keys.log);
            agents_.push_back(keys);
        }
    }

    [[nodiscard]] Kind kind_of(std::string const& key) const {
        if (lasting_.contains(key)) return Kind::lasting;
        if (short_lived_.contains(key) || key.starts_with(worker_)) return Kind::short_lived;
        for (auto const& keys : agents_) {
            if (key.starts_with(keys.task_prefix)) {
                bool const known = tasks_.contains({keys.agent, key.substr(keys.task_prefix.size())});
                return known ? Kind::record : Kind::strange_record;
            }
            if (key.starts_with(keys.stats + ":")) return Kind::short_lived;
        }
        return Kind::unknown;
    }

  private:
    TaskNames const& tasks_;
    std::string worker_;
    std::set<std::string> lasting_, short_lived_;
    std::vector<store::AgentKeys> agents_;
};

// How many there are of a kind, and the first one.
class Tally {
  public:
    void add(std::string const& key) {
        if (count_++ == 0) first_ = key;
    }
    void write(HistoryWriter const& history, std::string_view what) const {
        Entry entry{.op = Op::depth, .status = std::string(what)};
        entry.value = count_;
        if (count_ > 0) entry.detail = "first " + core::printable(first_, 200);
        history.write(std::move(entry));
    }

  private:
    std::int64_t count_ = 0;
    std::string first_;
};

Result<std::set<std::string>> keys_of(RedisLink& link, std::string const& prefix) {
    std::set<std::string> keys;
    std::string cursor = "0";
    do {
        auto const page = link.command({"SCAN", cursor, "MATCH", prefix + "*", "COUNT", kKeysPage});
        if (!page) return std::unexpected(page.error());
        for (auto const key : page->root()[1]) {
            auto const rest = key.text().substr(std::min(prefix.size(), key.text().size()));
            if (rest.starts_with(':') || rest.starts_with('-')) keys.emplace(key.text());
        }
        cursor = page->root()[0].text();
    } while (cursor != "0");
    return keys;
}

}  // namespace

Result<void> read_leftovers(RedisLink& link, store::KeySpace const& space, std::string const& front,
                            std::span<std::string const> agents, TaskNames const& tasks, HistoryWriter const& history) {
    Names const names(space, front, agents, tasks);
    auto const keys = keys_of(link, space.prefix());
    if (!keys) return std::unexpected(keys.error());
    Tally unknown, strangers, immortal_records, immortal;
    constexpr std::ptrdiff_t slice = 500;
    std::vector<std::string> const all(keys->begin(), keys->end());
    for (auto at = all.begin(); at != all.end();) {
        auto const end = std::next(at, std::min<std::ptrdiff_t>(slice, all.end() - at));
        std::vector<std::string> command{"EVAL", std::string(kLookScript), std::to_string(end - at)};
        command.insert(command.end(), at, end);
        auto const told = link.command(command);
        if (!told) return std::unexpected(told.error());
        for (std::size_t i = 0; at != end; ++at, i += 2) {
            auto const kind = names.kind_of(*at);
            bool const lives_on = told->root()[i].integer().value_or(0) == -1;
            auto const state = told->root()[i + 1].text();
            if (kind == Kind::unknown) unknown.add(*at);
            if (kind == Kind::strange_record) strangers.add(*at);
            if (kind == Kind::short_lived && lives_on) immortal.add(*at);
            bool const live = state == "ready" || state == "scheduled";
            if (kind == Kind::record && lives_on && !live) immortal_records.add(*at);
        }
    }
    unknown.write(history, "keys that nobody knows");
    strangers.write(history, "records of tasks that nobody handed in");
    immortal_records.write(history, "finished records without a time to live");
    immortal.write(history, "short-lived keys without a time to live");
    return {};
}

Result<void> read_consumers(RedisLink& link, store::KeySpace const& space, std::string const& agent,
                            HistoryWriter const& history) {
    std::map<std::string, std::int64_t> held;
    for (auto const& lane : space.agent(agent).ready) {
        auto const reply = link.command({"XINFO", "CONSUMERS", lane, std::string(store::kGroup)});
        if (!reply && reply.error().code == ErrorCode::unsupported) continue;  // no such lane, or no group
        if (!reply) return std::unexpected(reply.error());
        for (auto const consumer : reply->root())  // its first two fields: name, pending
            held[std::string(consumer[1].text())] += consumer[3].integer().value_or(0);
    }
    for (auto const& [name, count] : held) {
        if (name == store::kReleased) continue;
        Entry entry{.op = Op::consumer, .agent = agent, .worker = name};
        entry.value = count;
        history.write(std::move(entry));
    }
    return {};
}

}  // namespace leat::cli::chaos
