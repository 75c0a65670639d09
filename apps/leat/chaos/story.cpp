#include "chaos/story.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace leat::cli::chaos {
namespace {

// Reads the entries once, in order.
class Sorter {
  public:
    explicit Sorter(Book& book) : book_(book) {}

    void take(Entry const& entry);
    void finish();

  private:
    using CallKey = std::tuple<std::string_view, Op, std::int64_t>;

    Story& story(Entry const& entry) {
        auto& story = book_.stories[entry.agent + "/" + entry.task];
        if (story.task.empty()) {
            story.agent = entry.agent;
            story.task = entry.task;
        }
        return story;
    }
    Process& process(std::string const& name) {
        auto& process = book_.processes[name];
        process.name = name;
        return process;
    }
    void take_request(Entry const& entry, std::vector<Request> Story::*list);
    void take_run(Entry const& entry);
    void take_process(Entry const& entry);
    void take_event(Entry const& entry);
    void take_fault(Entry const& entry);
    void match(Story& story);
    void note_releases(Story& story);

    Book& book_;
    std::map<CallKey, std::size_t> calls_;
    std::unordered_map<std::string_view, std::pair<Story*, std::size_t>> runs_;  // by fence
    std::unordered_map<std::string_view, std::size_t> faults_;                   // by number
};

void Sorter::take(Entry const& entry) {
    book_.last = std::max(book_.last, entry.t);
    switch (entry.op) {
        case Op::plan:
            if (book_.plan == nullptr) book_.plan = &entry;
            break;
        case Op::process:
            take_process(entry);
            break;
        case Op::serve:
            process(entry.proc).consumer = entry.worker;
            process(entry.proc).served = entry.t;
            break;
        case Op::dispatch:
        case Op::front:
            take_request(entry, &Story::dispatches);
            break;
        case Op::cancel:
            take_request(entry, &Story::cancels);
            break;
        case Op::look:
            take_request(entry, &Story::looks);
            break;
        case Op::run:
            take_run(entry);
            break;
        case Op::effect:
            story(entry).effects.push_back(&entry);
            break;
        case Op::event:
            take_event(entry);
            break;
        case Op::fault:
            take_fault(entry);
            break;
        case Op::outcome:
            story(entry).outcomes.push_back(&entry);
            break;
        case Op::letter:
            story(entry).letters.push_back(&entry);
            break;
        case Op::record:
            story(entry).record = &entry;
            break;
        case Op::depth:
            book_.depths.push_back(&entry);
            break;
        case Op::counter:
            book_.counters.push_back(&entry);
            break;
        case Op::damage:
            story(entry).damages.push_back(&entry);
            break;
        case Op::consumer:
            book_.consumers.push_back(&entry);
            break;
        case Op::note:
            break;
        case Op::end:
            book_.end = &entry;
            break;
    }
}

void Sorter::take_request(Entry const& entry, std::vector<Request> Story::*list) {
    auto& requests = story(entry).*list;
    CallKey const key{entry.proc, entry.op, entry.call};
    if (entry.phase == Phase::invoke) {
        calls_[key] = requests.size();
        requests.push_back({&entry, nullptr});
    } else if (auto const call = calls_.find(key); call != calls_.end() && call->second < requests.size()) {
        requests[call->second].reply = &entry;
    }
}

void Sorter::take_run(Entry const& entry) {
    if (entry.phase == Phase::begin) {
        auto& owner = story(entry);
        runs_[entry.fence] = {&owner, owner.runs.size()};
        owner.runs.push_back({.begin = &entry});
    } else if (auto const run = runs_.find(entry.fence); run != runs_.end()) {
        auto& [owner, index] = run->second;
        owner->runs[index].end = &entry;
    }
}

void Sorter::take_process(Entry const& entry) {
    auto& one = process(entry.task);
    if (entry.phase == Phase::info) {
        auto& signalled = entry.status == "signal 15" ? one.asked : one.killed;
        signalled = std::min(signalled, entry.t);
    }
    if (entry.phase == Phase::end) {
        one.ended = entry.t;
        one.end = &entry;
    }
}

void Sorter::take_event(Entry const& entry) {
    // Their `task` is the name of a service or of a consumer.
    bool const of_no_task = entry.task.empty() || entry.status == "service_error" || entry.status == "consumer_pruned";
    if (!of_no_task) story(entry).events.push_back(&entry);
    if (of_no_task || entry.status.starts_with("audit_") || entry.status == "message_missing" ||
        entry.status == "task_restored" || entry.status == "quarantined")
        book_.events.push_back(&entry);
}

void Sorter::take_fault(Entry const& entry) {
    if (entry.phase == Phase::begin) {
        Window window;
        window.begin = &entry;
        window.excuse = decode_excuse(entry.detail);
        // A fault may say later when its harm begins: it had to prepare.
        if (auto const earlier = faults_.find(entry.fence); earlier != faults_.end()) {
            book_.windows[earlier->second] = std::move(window);
        } else {
            faults_[entry.fence] = book_.windows.size();
            book_.windows.push_back(std::move(window));
        }
    } else if (entry.phase == Phase::info) {
        book_.skipped.push_back(&entry);
    } else if (auto const fault = faults_.find(entry.fence); fault != faults_.end()) {
        auto& window = book_.windows[fault->second];
        window.taken = std::min(window.taken, entry.t);
        if (entry.phase != Phase::end) return;
        window.end = entry.t;
        window.until = entry.t + window.excuse.after.count() * kMicrosPerMilli;
    }
}

// Joins the archive's entries with the runs they came from: by the fence where the text carried it, else by worker and
// attempt.
void Sorter::match(Story& story) {
    // What was read before Redis was emptied has places of its own.
    std::ranges::stable_sort(story.outcomes, {},
                             [this](Entry const* entry) { return std::pair(book_.era(entry->t), entry->count); });
    for (auto const* const outcome : story.outcomes) {
        Run* found = nullptr;
        for (auto& run : story.runs) {
            if (!outcome->fence.empty()
                    ? run.begin->fence == outcome->fence
                    : run.outcome == nullptr && !outcome->worker.empty() && run.begin->worker == outcome->worker &&
                          run.begin->attempt == outcome->attempt)
                found = &run;
        }
        if (found != nullptr && found->outcome == nullptr) found->outcome = outcome;
    }
}

void Sorter::note_releases(Story& story) {
    for (auto const* const event : story.events) {
        if (event->status != "task_released") continue;
        Run* last = nullptr;
        for (auto& run : story.runs) {
            if (run.begin->proc == event->proc && run.begin->t <= event->t) last = &run;
        }
        if (last != nullptr && last->outcome == nullptr) last->released = true;
    }
}

void Sorter::finish() {
    for (auto const& window : book_.windows) {
        if (window.excuse.emptied && window.taken != kNever) book_.emptied.push_back(window.taken);
    }
    std::ranges::sort(book_.emptied);
    for (auto& [name, story] : book_.stories) {
        for (auto& run : story.runs) {
            auto const owner = book_.processes.find(run.begin->proc);
            auto const stop = owner != book_.processes.end() ? owner->second.stop() : kNever;
            run.stop = run.end != nullptr ? run.end->t : std::max(stop, run.begin->t);
        }
        match(story);
        note_releases(story);
    }
}

}  // namespace

bool is_terminal_status(std::string_view archive_status) noexcept {
    return archive_status != "retry";
}

Entry const* Story::terminal() const noexcept {
    auto const found =
        std::ranges::find_if(outcomes, [](Entry const* outcome) { return is_terminal_status(outcome->status); });
    return found != outcomes.end() ? *found : nullptr;
}

bool Story::accepted() const noexcept {
    return std::ranges::any_of(dispatches, [](Request const& request) { return request.phase() == Phase::ok; });
}

std::optional<std::int64_t> Story::max_retries() const noexcept {
    if (dispatches.empty()) return std::nullopt;
    return dispatches.front().invoke->count;
}

bool Book::at_rest() const noexcept {
    return end != nullptr && end->status != "stopped" && end->status != "failed";
}

bool Story::damaged(std::string_view what) const noexcept {
    return std::ranges::find(damages, what, &Entry::status) != damages.end();
}

bool Window::takes(std::int64_t from, std::int64_t to) const noexcept {
    if (from > taken) return false;
    auto const before = excuse.losses.value_or(Milliseconds{0}).count() * kMicrosPerMilli;
    return excuse.emptied || (excuse.losses && begin->t - before <= to);
}

Window const* Book::excuse(Excused what, std::int64_t from, std::int64_t to, std::string_view process) const noexcept {
    auto const found = std::ranges::find_if(windows, [&](Window const& window) {
        auto const& excuse = window.excuse;
        bool const covers = what == Excused::duplicates   ? excuse.duplicates
                            : what == Excused::overlaps   ? excuse.overlaps
                            : what == Excused::early_runs ? excuse.early_runs
                                                          : excuse.changes || window.loses();
        return covers && window.touches(from, to) && (process.empty() || excuse.hits(process));
    });
    return found != windows.end() ? &*found : nullptr;
}

Window const* Book::taker(std::int64_t from, std::int64_t to) const noexcept {
    auto const found = std::ranges::find_if(windows, [&](Window const& window) { return window.takes(from, to); });
    return found != windows.end() ? &*found : nullptr;
}

std::size_t Book::era(std::int64_t t) const noexcept {
    return static_cast<std::size_t>(std::ranges::lower_bound(emptied, t) - emptied.begin());
}

Book make_book(std::vector<Entry> entries) {
    Book book;
    book.entries = std::move(entries);
    sort_by_time(book.entries);
    Sorter sorter(book);
    for (auto const& entry : book.entries)
        sorter.take(entry);
    sorter.finish();
    return book;
}

}  // namespace leat::cli::chaos
