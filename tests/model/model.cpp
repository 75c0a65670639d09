#include "model/model.hpp"

#include <algorithm>

namespace leat::model {
namespace {

using store::ReplayStatus;
using store::ReprioritiseStatus;
using store::SettleStatus;
using store::SettleVerdict;

constexpr std::string_view kForeignMark = " (foreign)";

std::string text(std::string_view first, std::string_view second) {
    return std::string(first).append(second);
}

}  // namespace

std::string fence_of(std::string_view consumer, store::Held const& held) {
    return text(consumer, " ").append(held.entry_id).append("/").append(std::to_string(held.count));
}

store::DispatchReply Model::dispatch(store::DispatchItem const& item, std::optional<std::int64_t> max_waiting) {
    if (auto const found = tasks_.find(item.id); found != tasks_.end()) {
        ++totals_["duplicates"];
        return {.status = DispatchStatus::duplicate, .state = found->second.state};
    }
    auto const live = std::ranges::count_if(tasks_, [](auto const& pair) { return pair.second.live(); });
    if (max_waiting && live + static_cast<std::int64_t>(foreign_.size()) >= *max_waiting)
        return {.status = DispatchStatus::full};
    ++totals_["dispatched"];
    auto& task = tasks_[item.id];
    task.priority = item.priority;
    task.max_retries = item.max_retries.value_or(3);
    if (item.delay_ms > 0) {
        task.state = TaskState::scheduled;
    } else {
        make_ready(task, item.lane);
    }
    return {.status = DispatchStatus::created, .state = task.state};
}

void Model::adopted(std::string const& id) {
    foreign_.erase(id);
    ++totals_["adopted"];
}

std::string Model::fetched(std::string_view consumer, Lane lane, std::size_t credits,
                           std::vector<store::Delivery> const& deliveries) {
    auto const expected = waiting(lane);
    if (deliveries.size() != std::min(credits, expected.size()))
        return "handed out " + std::to_string(deliveries.size()) + " of " + std::to_string(expected.size());
    for (std::size_t i = 0; i < deliveries.size(); ++i) {
        auto const& delivery = deliveries[i];
        auto const& id = delivery.message.task_id;
        auto const place =
            std::ranges::find(expected, delivery.message.foreign ? text(id, kForeignMark) : id, &Place::second);
        if (place == expected.end()) return "handed out " + id + ", which does not wait in this lane";
        if (place->first != expected[i].first) return "handed out " + id + " before its turn";
        if (delivery.message.foreign) continue;
        auto& task = tasks_.at(id);
        if (delivery.message.attempts != task.attempts || delivery.message.retry_count != task.retry_count ||
            delivery.message.crashes != task.crashes)
            return "the counters in the message of " + id + " are wrong";
        task.entry = delivery.entry_id;
        task.holder = Holder{std::string(consumer), 1};
    }
    return {};
}

std::string Model::reclaimed(std::string_view consumer, Lane lane, std::vector<store::Delivery> const& deliveries) {
    auto const overdue = [lane](ModelTask const& task) {
        return task.lane == lane && task.holder && (task.given_back() || task.holder->lapsed);
    };
    for (auto const& delivery : deliveries) {
        auto const found = tasks_.find(delivery.message.task_id);
        if (found == tasks_.end() || !overdue(found->second)) return "took over " + delivery.message.task_id;
        auto& task = found->second;
        if (task.entry.empty()) task.entry = delivery.entry_id;  // nobody was handed it so far
        if (delivery.count != task.holder->count + 1 || delivery.entry_id != task.entry)
            return "took over " + found->first + " with another fence";
        task.holder = Holder{std::string(consumer), delivery.count};
        ++totals_["reclaimed"];
    }
    for (auto const& [id, task] : tasks_) {
        if (overdue(task)) return "left " + id + " behind";
    }
    return {};
}

std::string Model::inherited(std::string_view consumer, std::string_view owner, Lane lane,
                             std::vector<store::Delivery> const& deliveries) {
    auto const owned = [&](ModelTask const& task) {
        return task.lane == lane && task.holder && task.holder->consumer == owner;
    };
    for (auto const& delivery : deliveries) {
        auto const found = tasks_.find(delivery.message.task_id);
        if (found == tasks_.end() || !owned(found->second)) return "inherited " + delivery.message.task_id;
        auto& task = found->second;
        if (delivery.count != task.holder->count + 1 || delivery.entry_id != task.entry)
            return "inherited " + found->first + " with another fence";
        task.holder = Holder{std::string(consumer), delivery.count};
        ++totals_["reclaimed"];
    }
    for (auto const& [id, task] : tasks_) {
        if (owned(task)) return "left " + id + " to who is gone";
    }
    return {};
}

void Model::restore(std::string const& id, std::int64_t crashes, bool later) {
    auto& task = tasks_.at(id);
    bool const cancel = task.cancel;
    make_ready(task, task.lane);
    task.cancel = cancel;
    task.crashes = crashes;
    task.last_fence.clear();  // what the holder knew of the message had neither
    task.replay_of.clear();
    if (later && !cancel) task.state = TaskState::scheduled;
    ++totals_["restored"];
}

std::vector<std::string> Model::strand(Lane lane) {
    std::vector<std::string> ids;
    for (auto& [id, task] : tasks_) {
        if (task.state != TaskState::ready || task.lane != lane || task.holder) continue;
        task.holder = Holder{std::string(store::kReleased), 0};
        task.entry.clear();
        ids.push_back(id);
    }
    return ids;
}

SettleStatus Model::settle(std::string_view consumer, store::Settlement const& settlement) {
    auto const fence = fence_of(consumer, settlement.held);
    auto* const task = held(consumer, settlement.held);
    if (task == nullptr) return recorded_before(fence, settlement);
    if (settlement.verdict == SettleVerdict::success) end(*task, TaskState::succeeded, fence);
    if (settlement.verdict == SettleVerdict::cancelled) end(*task, TaskState::cancelled, fence);
    if (settlement.verdict == SettleVerdict::expired) end(*task, TaskState::expired, fence);
    task->attempts = settlement.attempt;
    if (settlement.verdict == SettleVerdict::dead) end(*task, TaskState::dead, fence);
    if (settlement.verdict != SettleVerdict::retry) return SettleStatus::settled;
    if (task->cancel) {
        end(*task, TaskState::cancelled, fence);
        return SettleStatus::cancelled;
    }
    ++totals_["retried"];
    task->retry_count = settlement.retry_count;
    task->crashes = settlement.crashes;
    task->last_fence = fence;
    if (settlement.delay_ms > 0) {
        task->state = TaskState::scheduled;
        task->holder.reset();
    } else {
        make_ready(*task, task->lane);
    }
    return SettleStatus::settled;
}

SettleStatus Model::recorded_before(std::string const& fence, store::Settlement const& settlement) {
    auto const found = tasks_.find(std::string(settlement.held.task_id));
    if (found == tasks_.end() || found->second.last_fence != fence) {
        ++totals_["stale"];
        return SettleStatus::stale;
    }
    if (settlement.verdict != SettleVerdict::retry) return SettleStatus::already;
    if (found->second.state == TaskState::cancelled) return SettleStatus::cancelled;
    return found->second.state == TaskState::dead ? SettleStatus::buried : SettleStatus::already;
}

store::RenewStatus Model::renew(std::string_view consumer, store::Held const& delivery) {
    auto* const task = held(consumer, delivery);
    if (task == nullptr) return store::RenewStatus::lost;
    task->holder->lapsed = false;
    return task->cancel ? store::RenewStatus::cancel_requested : store::RenewStatus::renewed;
}

bool Model::release(std::string_view consumer, store::Held const& delivery) {
    auto* const task = held(consumer, delivery);
    if (task == nullptr) return false;
    task->holder = Holder{std::string(store::kReleased), delivery.count - 1};
    ++totals_["released"];
    return true;
}

std::int64_t Model::promote(std::string const& id) {
    auto const found = tasks_.find(id);
    if (found == tasks_.end() || found->second.state != TaskState::scheduled) return 0;
    make_ready(found->second, lane_of_priority(found->second.priority));
    ++totals_["promoted"];
    return 1;
}

std::optional<CancelStatus> Model::cancel(std::string const& id) {
    auto const found = tasks_.find(id);
    if (found == tasks_.end()) return std::nullopt;
    auto& task = found->second;
    if (!task.live()) return CancelStatus::terminal;
    if (task.running()) {
        task.cancel = true;
        return CancelStatus::requested;
    }
    end(task, TaskState::cancelled, {});
    return CancelStatus::cancelled;
}

std::optional<ReprioritiseStatus> Model::reprioritise(std::string const& id, std::int64_t priority) {
    auto const found = tasks_.find(id);
    if (found == tasks_.end()) return std::nullopt;
    auto& task = found->second;
    if (!task.live()) return ReprioritiseStatus::terminal;
    if (task.state == TaskState::scheduled) {
        bool const same = task.priority == priority;
        task.priority = priority;
        return same ? ReprioritiseStatus::unchanged : ReprioritiseStatus::moved;
    }
    if (task.running()) return ReprioritiseStatus::running;
    auto const lane = lane_of_priority(priority);
    if (lane == task.lane) return ReprioritiseStatus::unchanged;
    task.priority = priority;
    if (task.holder) task.crashes += task.holder->count;  // its new message is counted from the beginning
    bool const cancel = task.cancel;
    make_ready(task, lane);
    task.cancel = cancel;
    return ReprioritiseStatus::moved;
}

ReplayStatus Model::replay(Letter const& letter) {
    auto const found = tasks_.find(letter.task_id);
    if (found != tasks_.end()) {
        auto const& task = found->second;
        if (task.state == TaskState::ready && task.replay_of == letter.entry) return ReplayStatus::replayed;
        if (task.state != TaskState::dead || task.letter != letter.entry) return ReplayStatus::not_dead;
    }
    auto& task = tasks_[letter.task_id];
    task = letter.task;
    task.retry_count = task.crashes = 0;
    task.last_fence.clear();
    task.replay_of = letter.entry;
    make_ready(task, lane_of_priority(task.priority));
    ++totals_["replayed"];
    return ReplayStatus::replayed;
}

void Model::lose_group(Lane lane) {
    for (auto& [id, task] : tasks_) {
        if (task.state == TaskState::ready && task.lane == lane) task.holder.reset();
    }
}

std::map<std::string, std::string> Model::states() const {
    std::map<std::string, std::string> states;
    for (auto const& [id, task] : tasks_)
        states.emplace(id, task.running() ? "running" : to_string(task.state));
    return states;
}

std::int64_t Model::held_by(std::string_view consumer) const {
    return std::ranges::count_if(tasks_, [consumer](auto const& pair) {
        return pair.second.holder && pair.second.holder->consumer == consumer;
    });
}

ModelTask* Model::held(std::string_view consumer, store::Held const& delivery) {
    auto const found = tasks_.find(std::string(delivery.task_id));
    if (found == tasks_.end()) return nullptr;
    auto& task = found->second;
    bool const holds = task.holder && task.holder->consumer == consumer && task.holder->count == delivery.count &&
                       task.entry == delivery.entry_id && task.lane == delivery.lane;
    return holds ? &task : nullptr;
}

void Model::make_ready(ModelTask& task, Lane lane) {
    task.state = TaskState::ready;
    task.lane = lane;
    task.rank = rank_;
    task.entry.clear();
    task.holder.reset();
    task.cancel = false;
}

void Model::end(ModelTask& task, TaskState state, std::string const& fence) {
    task.state = state;
    task.last_fence = fence;
    task.replay_of.clear();
    task.holder.reset();
    task.entry.clear();
    ++totals_[std::string(to_string(state))];
}

std::vector<Model::Place> Model::waiting(Lane lane) const {
    std::vector<Place> places;
    for (auto const& [id, task] : tasks_) {
        if (task.state == TaskState::ready && task.lane == lane && !task.holder) places.emplace_back(task.rank, id);
    }
    for (auto const& [id, place] : foreign_) {
        if (place.first == lane) places.emplace_back(place.second, text(id, kForeignMark));
    }
    std::ranges::sort(places);
    return places;
}

}  // namespace leat::model
