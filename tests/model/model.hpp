#pragma once
// What Leat promises, without Redis: the states of tasks and what each transition answers, as plain as it can be said.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/store.hpp"

namespace leat::model {

struct Holder {
    std::string consumer;  // store::kReleased where it was given back
    std::int64_t count = 1;
    bool lapsed = false;  // its lease
};

struct ModelTask {
    TaskState state = TaskState::ready;  // never `running`: that is a holder who did not give back
    std::int64_t priority = 0;
    std::int64_t max_retries = 3, retry_count = 0, attempts = 0, crashes = 0;
    // Ready: the message.
    Lane lane = Lane::normal;
    std::uint64_t rank = 0;  // order of messages; equal where one call wrote them
    std::string entry{};     // told when it is handed out
    std::optional<Holder> holder{};
    bool cancel = false;       // somebody asked for its end while it ran
    std::string last_fence{};  // of the last verdict
    std::string replay_of{};   // the letter that its message came from
    std::string letter{};      // dead: its letter

    [[nodiscard]] bool live() const { return state == TaskState::ready || state == TaskState::scheduled; }
    [[nodiscard]] bool given_back() const { return holder && holder->consumer == store::kReleased; }
    [[nodiscard]] bool running() const { return holder && !given_back(); }
};

struct Letter {
    std::string entry;
    std::string task_id;
    ModelTask task;  // as it was when it died
};

class Model {
  public:
    // Everything that follows is one call, until the next.
    void begin_call() { ++rank_; }

    [[nodiscard]] store::DispatchReply dispatch(store::DispatchItem const& item,
                                                std::optional<std::int64_t> max_waiting);
    // An entry of another program, which becomes a task when it is handed out. One per id at a time.
    void add_foreign(Lane lane, std::string const& id) { foreign_.emplace(id, std::pair(lane, rank_)); }
    [[nodiscard]] bool is_foreign(std::string const& id) const { return foreign_.contains(id); }
    void adopted(std::string const& id);

    // Takes in what was handed out; answers what is wrong with it, nothing where it is right.
    [[nodiscard]] std::string fetched(std::string_view consumer, Lane lane, std::size_t credits,
                                      std::vector<store::Delivery> const& deliveries);
    [[nodiscard]] std::string reclaimed(std::string_view consumer, Lane lane,
                                        std::vector<store::Delivery> const& deliveries);

    // Of a worker that is gone, however short its silence: all of it.
    [[nodiscard]] std::string inherited(std::string_view consumer, std::string_view owner, Lane lane,
                                        std::vector<store::Delivery> const& deliveries);
    // A deleted message is put back by the worker that held it.
    void restore(std::string const& id, std::int64_t crashes, bool later);

    [[nodiscard]] store::SettleStatus settle(std::string_view consumer, store::Settlement const& settlement);
    [[nodiscard]] store::RenewStatus renew(std::string_view consumer, store::Held const& held);
    [[nodiscard]] bool release(std::string_view consumer, store::Held const& held);
    [[nodiscard]] std::int64_t promote(std::string const& id);
    // Nothing where there is no such task.
    [[nodiscard]] std::optional<CancelStatus> cancel(std::string const& id);
    [[nodiscard]] std::optional<store::ReprioritiseStatus> reprioritise(std::string const& id, std::int64_t priority);
    [[nodiscard]] store::ReplayStatus replay(Letter const& letter);
    void buried(std::string const& id, std::string const& letter) { tasks_.at(id).letter = letter; }

    // --- what happens to the data -----------------------------------------------------------------------------------

    void lapse(std::string const& id) { tasks_.at(id).holder->lapsed = true; }
    void forget(std::string const& id) { tasks_.erase(id); }  // a record at the end of its time
    void lose_group(Lane lane);
    // What waits in the lane was read past, and is handed out again; answers the tasks.
    [[nodiscard]] std::vector<std::string> strand(Lane lane);

    // --- what is there ----------------------------------------------------------------------------------------------

    [[nodiscard]] std::map<std::string, ModelTask> const& tasks() const { return tasks_; }
    [[nodiscard]] std::map<std::string, std::string> states() const;
    [[nodiscard]] std::map<std::string, std::int64_t> const& totals() const { return totals_; }
    [[nodiscard]] std::int64_t foreign() const { return std::ssize(foreign_); }
    [[nodiscard]] bool holds(std::string_view consumer, store::Held const& delivery) {
        return held(consumer, delivery) != nullptr;
    }
    [[nodiscard]] std::int64_t held_by(std::string_view consumer) const;

  private:
    using Place = std::pair<std::uint64_t, std::string>;  // rank and task id, with a mark where it is foreign

    [[nodiscard]] ModelTask* held(std::string_view consumer, store::Held const& held);
    [[nodiscard]] store::SettleStatus recorded_before(std::string const& fence, store::Settlement const& settlement);
    void make_ready(ModelTask& task, Lane lane);
    void end(ModelTask& task, TaskState state, std::string const& fence);
    [[nodiscard]] std::vector<Place> waiting(Lane lane) const;

    std::map<std::string, ModelTask> tasks_;
    std::map<std::string, std::pair<Lane, std::uint64_t>> foreign_;  // lane and rank
    std::map<std::string, std::int64_t> totals_;
    std::uint64_t rank_ = 0;
};

// The fence as it is written: "<consumer> <entry>/<count>".
[[nodiscard]] std::string fence_of(std::string_view consumer, store::Held const& held);

}  // namespace leat::model
