#pragma once
// Histories for tests of the checker: made line by line, then spoiled.
#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "chaos/checker.hpp"

namespace leat::cli::chaos::testing {

constexpr std::int64_t kMilli = 1'000;
constexpr std::int64_t kLeaseMs = 3'000;
constexpr std::int64_t kGraceMs = 10'000;

// Tells what happens, a millisecond after the other; time passes with later().
class Tale {
  public:
    Tale() {
        add({.op = Op::plan, .detail = "seed 1", .attempt = kGraceMs, .value = kLeaseMs, .count = 3});
        worker("w1");
        worker("w2");
    }

    Tale& later(std::int64_t ms) {
        now_ += ms * kMilli;
        return *this;
    }
    Tale& add(Entry entry) {
        now_ += kMilli;
        if (entry.t == 0) entry.t = now_;
        if (entry.proc.empty()) entry.proc = "run";
        entries_.push_back(std::move(entry));
        return *this;
    }
    Tale& worker(std::string const& name) {
        add({.op = Op::process, .phase = Phase::begin, .task = name});
        return add({.proc = name, .op = Op::serve, .worker = "host." + name});
    }
    Tale& kill(std::string const& name) {
        add({.op = Op::process, .phase = Phase::info, .task = name, .status = "signal 9"});
        return add({.op = Op::process, .phase = Phase::end, .task = name, .status = "signal 9"});
    }
    // A worker that is told to drain, and one that has ended.
    Tale& ask(std::string const& name) {
        return add({.op = Op::process, .phase = Phase::info, .task = name, .status = "signal 15"});
    }
    Tale& gone(std::string const& name, std::string const& how) {
        return add({.op = Op::process, .phase = Phase::end, .task = name, .status = how});
    }
    Tale& fault(std::string const& number, std::string const& excuse, std::string const& kind = "test") {
        return add({.op = Op::fault, .phase = Phase::begin, .fence = number, .status = kind, .detail = excuse});
    }
    Tale& taken(std::string const& number) { return add({.op = Op::fault, .phase = Phase::ok, .fence = number}); }
    Tale& damage(std::string const& task, std::string const& what) {
        return add({.op = Op::damage, .agent = "a", .task = task, .status = what, .detail = "test"});
    }
    // An event that is not about one task.
    Tale& told(std::string const& worker, std::string const& kind, std::string const& service = {}) {
        return add({.proc = worker, .op = Op::event, .agent = "a", .task = service, .status = kind});
    }
    Tale& consumer(std::string const& worker, std::int64_t holds) {
        Entry entry{.op = Op::consumer, .agent = "a", .worker = worker};
        entry.value = holds;
        return add(entry);
    }
    // What the totals say beside what the outcomes make of them.
    Tale& count(std::string const& counter, std::int64_t by) {
        counters_[counter] += by;
        return *this;
    }
    Tale& fault_end(std::string const& number) {
        return add({.op = Op::fault, .phase = Phase::end, .fence = number, .status = "test"});
    }

    // A call of a producer with its reply; an empty status: it never came.
    Tale& call(Op op, std::string const& task, std::string const& status, std::string const& detail = {},
               std::int64_t delay = 0, std::int64_t max_retries = 3) {
        Entry entry{.proc = "p1", .op = op, .phase = Phase::invoke, .agent = "a", .task = task};
        entry.call = ++calls_;
        entry.digest = digest(task);
        entry.value = delay;
        entry.count = max_retries;
        add(entry);
        if (status.empty()) return *this;
        Entry reply{.proc = "p1", .op = op, .phase = Phase::ok, .agent = "a", .task = task};
        reply.call = calls_;
        reply.status = status;
        reply.detail = detail;
        return add(reply);
    }
    Tale& created(std::string const& task) { return call(Op::dispatch, task, "created"); }

    Tale& begin(std::string const& worker, std::string const& task, std::string const& fence,
                std::int64_t attempt = 1) {
        return add(run_entry(worker, task, fence, attempt));
    }
    Tale& finish(std::string const& worker, std::string const& task, std::string const& fence,
                 std::string const& verdict = "success", std::int64_t attempt = 1, std::int64_t delay = 0) {
        auto entry = run_entry(worker, task, fence, attempt);
        entry.digest = digest(task);
        auto effect = entry;
        effect.op = Op::effect;
        effect.phase = Phase::none;
        add(effect);
        entry.phase = Phase::end;
        entry.status = verdict;
        entry.value = delay;
        return add(entry);
    }
    Tale& event(std::string const& worker, std::string const& task, std::string const& kind, std::int64_t attempt = 1,
                std::int64_t value = 0) {
        Entry entry{.proc = worker, .op = Op::event, .agent = "a", .task = task, .status = kind};
        entry.attempt = attempt;
        entry.value = value;
        return add(entry);
    }
    // The archive's entry; told when everything is at rest.
    Tale& outcome(std::string const& worker, std::string const& task, std::string const& fence,
                  std::string const& status = "success", std::int64_t attempt = 1) {
        Entry entry{.op = Op::outcome, .agent = "a", .task = task, .fence = fence, .status = status};
        entry.worker = worker.empty() ? "" : "host." + worker;
        entry.attempt = attempt;
        entry.count = ++places_;
        if (status == "success") entry.digest = digest(task);
        static std::map<std::string, std::string> const counters{{"success", "succeeded"},
                                                                 {"retry", "retried"},
                                                                 {"dead", "dead"},
                                                                 {"cancelled", "cancelled"},
                                                                 {"expired", "expired"}};
        ++counters_[counters.at(status)];
        if (status != "retry") ++counters_["dispatched"];
        return add(entry);
    }
    Tale& letter(std::string const& task, std::string const& reason) {
        return add({.op = Op::letter, .agent = "a", .task = task, .status = reason});
    }
    Tale& record(std::string const& task, std::string const& state) {
        return add({.op = Op::record, .agent = "a", .task = task, .status = state});
    }
    // A whole life: handed in, run, recorded.
    Tale& success(std::string const& worker, std::string const& task) {
        auto const fence = worker + "/" + task;
        created(task).begin(worker, task, fence).finish(worker, task, fence).event(worker, task, "task_succeeded");
        return outcome(worker, task, fence).record(task, "succeeded");
    }

    [[nodiscard]] static std::string digest(std::string const& task) { return task_digest(task, "{}"); }

    // With what is read at the end.
    [[nodiscard]] std::vector<Entry> entries() const {
        auto all = *this;
        for (auto const& [name, value] : counters_) {
            Entry counter{.op = Op::counter, .agent = "a", .status = name};
            counter.value = value;
            all.add(counter);
        }
        all.add({.op = Op::depth, .agent = "a", .status = "ready messages"});
        all.add({.op = Op::end, .status = "drained"});
        return all.entries_;
    }
    [[nodiscard]] Report judge() const { return judge(entries()); }
    [[nodiscard]] static Report judge(std::vector<Entry> const& entries) {
        Checker checker;
        for (auto const& entry : entries)
            checker.add(entry);
        return checker.finish();
    }

  private:
    Entry run_entry(std::string const& worker, std::string const& task, std::string const& fence,
                    std::int64_t attempt) const {
        Entry entry{.proc = worker, .op = Op::run, .phase = Phase::begin, .agent = "a", .task = task, .fence = fence};
        entry.worker = "host." + worker;
        entry.attempt = attempt;
        return entry;
    }

    std::int64_t now_ = 1'000'000;
    std::int64_t calls_ = 0;
    std::int64_t places_ = 0;
    std::map<std::string, std::int64_t> counters_;
    std::vector<Entry> entries_;
};

// The checks that are violated, in order: "C1 C9".
inline std::string violated(Report const& report) {
    std::string checks;
    for (auto const& [check, count] : report.violation_count)
        checks += (checks.empty() ? "" : " ") + check;
    return checks;
}

}  // namespace leat::cli::chaos::testing
