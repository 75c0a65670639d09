#include "chaos/final_reading.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

#include "chaos/leftovers.hpp"
#include "chaos/load.hpp"
#include "leat/json.hpp"
#include "store/run_text.hpp"
#include "store/store_inspect.hpp"
#include "store/store_worker.hpp"

namespace leat::cli::chaos {
namespace {

using Fields = std::map<std::string, std::string, std::less<>>;

constexpr auto kPage = "1000";
constexpr std::int64_t kWorkersMax = 1'000;

std::int64_t number(std::string_view digits) noexcept {
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

Fields fields_of(redis::ReplyView list) {
    Fields fields;
    std::string name;
    bool is_value = false;
    for (auto const item : list) {
        if (is_value) fields[name] = item.text();
        name = item.text();
        is_value = !is_value;
    }
    return fields;
}

std::string field(Fields const& fields, std::string_view name) {
    auto const found = fields.find(name);
    return found != fields.end() ? found->second : std::string{};
}

// Calls `take(fields, place)` for every entry of a stream, oldest first.
template <class Take>
Result<void> each_entry(RedisLink& link, std::string const& stream, Take take) {
    std::string from = "-";
    std::int64_t place = 0;
    while (true) {
        auto const page = link.command({"XRANGE", stream, from, "+", "COUNT", kPage});
        if (!page) return std::unexpected(page.error());
        if (page->root().size() == 0) return {};
        for (auto const entry : page->root()) {
            take(fields_of(entry[1]), ++place);
            from = "(" + std::string(entry[0].text());
        }
    }
}

Entry outcome_of(std::string const& agent, Fields const& fields, std::int64_t place) {
    Entry entry{.op = Op::outcome, .agent = agent, .task = field(fields, "task_id")};
    entry.status = field(fields, "status");
    entry.worker = field(fields, "processed_by");
    entry.attempt = store::read_run(field(fields, "run")).value_or(store::RunText{}).attempt;
    entry.count = place;
    entry.detail = field(fields, "error");
    if (entry.status == "success") {
        auto const result = json::parse(field(fields, "result"), nullptr, false);
        auto const text = [&result](char const* name) {
            return result.is_object() && result.contains(name) && result[name].is_string()
                       ? result[name].get<std::string>()
                       : std::string{};
        };
        entry.fence = text("run");
        entry.digest = text("digest");
    } else {
        entry.fence = fence_in(entry.detail);
    }
    return entry;
}

class Reading {
  public:
    Reading(RedisLink& link, store::KeySpace const& space, HistoryWriter const& history)
        : link_(link), space_(space), look_(link.connection()), history_(history) {}

    Result<void> streams(std::string const& agent) {
        auto const keys = space_.agent(agent);
        auto done = each_entry(link_, keys.results, [&](Fields const& fields, std::int64_t place) {
            history_.write(outcome_of(agent, fields, place));
        });
        if (!done) return done;
        return each_entry(link_, keys.dead, [&](Fields const& fields, std::int64_t) {
            Entry entry{.op = Op::letter, .agent = agent, .task = field(fields, "task_id")};
            entry.status = field(fields, "reason");
            entry.detail = field(fields, "error");
            entry.attempt = number(field(fields, "attempts"));
            entry.count = number(field(fields, "crashes"));
            history_.write(std::move(entry));
        });
    }

    Result<void> record(std::string const& agent, std::string const& task) {
        auto const keys = space_.agent(agent);
        auto const place = link_.run(look_.record(keys, task));
        Entry entry{.op = Op::record, .agent = agent, .task = task};
        if (place) {
            entry.status = to_string(place->state);
            entry.detail = place->at;
        } else if (place.error().code == ErrorCode::not_found) {
            entry.status = "missing";
        } else if (place.error().code == ErrorCode::corrupt) {
            entry.status = "unreadable";
        } else {
            return std::unexpected(place.error());
        }
        history_.write(std::move(entry));
        return {};
    }

    Result<void> left_over(std::string const& agent) {
        auto const keys = space_.agent(agent);
        auto const depth = link_.run(look_.depth(keys));
        if (!depth) return std::unexpected(depth.error());
        left(agent, "ready messages", depth->ready());
        left(agent, "running messages", depth->running());
        left(agent, "scheduled tasks", depth->scheduled);
        return totals(agent);
    }

    Result<void> totals(std::string const& agent) {
        auto const totals = link_.run(look_.stats(space_.agent(agent)));
        if (!totals) return std::unexpected(totals.error());
        for (auto const& [name, value] : *totals) {
            Entry entry{.op = Op::counter, .agent = agent, .status = name};
            entry.value = value;
            history_.write(std::move(entry));
        }
        return {};
    }

    Result<void> workers() {
        auto const workers = link_.run(store::list_workers(link_.connection(), space_, kWorkersMax));
        if (!workers) return std::unexpected(workers.error());
        std::int64_t draining = 0;
        for (auto const& worker : *workers)
            draining += worker.draining ? 1 : 0;
        left({}, "workers that stopped and are still registered", draining);
        return {};
    }

    void left(std::string const& agent, std::string_view what, std::int64_t value) {
        Entry entry{.op = Op::depth, .agent = agent, .status = std::string(what)};
        entry.value = value;
        history_.write(std::move(entry));
    }

  private:
    RedisLink& link_;
    store::KeySpace const& space_;
    store::StoreInspect look_;
    HistoryWriter const& history_;
};

Result<std::int64_t> length(RedisLink& link, std::string const& stream) {
    auto const reply = link.command({"XLEN", stream});
    if (!reply) return std::unexpected(reply.error());
    return reply->root().integer().value_or(0);
}

// Keeps those that have a record and no end.
Result<void> forget_ended(RedisLink& link, store::KeySpace const& space, TaskNames& tasks) {
    store::StoreInspect const look(link.connection());
    for (auto task = tasks.begin(); task != tasks.end();) {
        auto const place = link.run(look.record(space.agent(task->first), task->second));
        if (!place && place.error().code != ErrorCode::not_found && place.error().code != ErrorCode::corrupt)
            return std::unexpected(place.error());
        bool const lives = place && !is_terminal(place->state);
        task = lives ? std::next(task) : tasks.erase(task);
    }
    return {};
}

}  // namespace

Result<Unrest> look_for_rest(RedisLink& link, store::KeySpace const& space, std::string const& front,
                             std::span<std::string const> agents, TaskNames& tasks) {
    Unrest unrest;
    auto const add = [&unrest](std::int64_t count, std::string const& what) {
        if (count == 0) return;
        unrest.left += count;
        unrest.what += (unrest.what.empty() ? "" : ", ") + std::to_string(count) + " " + what;
    };
    store::StoreInspect const look(link.connection());
    for (auto const& agent : agents) {
        auto const keys = space.agent(agent);
        auto const depth = link.run(look.depth(keys));
        if (!depth) return std::unexpected(depth.error());
        add(depth->ready(), "ready of " + agent);
        add(depth->running(), "running of " + agent);
        add(depth->scheduled, "scheduled of " + agent);
    }
    auto const waiting = length(link, front);
    if (!waiting) return std::unexpected(waiting.error());
    add(*waiting, "at the front door");
    if (unrest.left > 0) return unrest;
    if (auto forgotten = forget_ended(link, space, tasks); !forgotten) return std::unexpected(forgotten.error());
    if (!tasks.empty())
        add(std::ssize(tasks), "alive and nowhere, first " + tasks.begin()->first + "/" + tasks.begin()->second);
    return unrest;
}

Result<void> read_all(RedisLink& link, store::KeySpace const& space, std::string const& front,
                      std::span<std::string const> agents, TaskNames const& tasks, HistoryWriter const& history) {
    Reading reading(link, space, history);
    for (auto const& agent : agents) {
        if (auto done = reading.streams(agent); !done) return done;
        if (auto done = reading.left_over(agent); !done) return done;
        if (auto done = read_consumers(link, space, agent, history); !done) return done;
    }
    for (auto const& [agent, task] : tasks) {
        if (auto done = reading.record(agent, task); !done) return done;
    }
    auto const waiting = length(link, front);
    if (!waiting) return std::unexpected(waiting.error());
    reading.left({}, "entries at the front door", *waiting);
    if (auto done = read_leftovers(link, space, front, agents, tasks, history); !done) return done;
    return reading.workers();
}

Result<void> read_archive(RedisLink& link, store::KeySpace const& space, std::span<std::string const> agents,
                          HistoryWriter const& history) {
    Reading reading(link, space, history);
    for (auto const& agent : agents) {
        if (auto done = reading.streams(agent); !done) return done;
        if (auto done = reading.totals(agent); !done) return done;
    }
    return {};
}

Result<void> remove_all(RedisLink& link, std::string const& prefix) {
    std::string cursor = "0";
    do {
        auto const page = link.command({"SCAN", cursor, "MATCH", prefix + "*", "COUNT", kPage});
        if (!page) return std::unexpected(page.error());
        std::vector<std::string> command{"UNLINK"};
        for (auto const key : page->root()[1]) {
            // "chaos-7-1" is no part of "chaos-7-12:…".
            auto const rest = key.text().substr(std::min(prefix.size(), key.text().size()));
            if (rest.starts_with(':') || rest.starts_with('-')) command.emplace_back(key.text());
        }
        if (command.size() > 1) {
            if (auto const removed = link.command(command); !removed) return std::unexpected(removed.error());
        }
        cursor = page->root()[0].text();
    } while (cursor != "0");
    return {};
}

}  // namespace leat::cli::chaos
