#include "redis/pipeline.hpp"

#include <algorithm>
#include <utility>

namespace leat::redis {
namespace {

// Deadlines of absurd timeouts do not overflow.
TimePoint later(TimePoint from, std::chrono::milliseconds delay) {
    return from +
           std::clamp(delay, std::chrono::milliseconds(0), std::chrono::milliseconds(std::chrono::hours(24 * 365)));
}

}  // namespace

std::optional<Pipeline::Ticket> Pipeline::push(std::span<Command const> commands, Request& request, TimePoint now) {
    auto const before = unsent_wire_.size();
    if (before > kMaxUnsentBytes) return std::nullopt;
    for (auto const& command : commands)
        command.append_to(unsent_wire_);
    auto& entry = entries_.emplace_back();
    entry.name = commands.front().name();
    entry.request = std::move(request);
    entry.ticket = next_ticket_++;
    entry.wire_bytes = unsent_wire_.size() - before;
    entry.missing = commands.size();
    entry.queue_deadline = later(now, entry.request.queue_timeout);
    return entry.ticket;
}

void Pipeline::take_wire(std::string& wire, TimePoint now) {
    wire.clear();
    if (wire.capacity() > kKeptWireBytes) wire.shrink_to_fit();
    std::swap(wire, unsent_wire_);
    if (sent_ == 0) front_since_ = now;
    sent_ = entries_.size();
}

bool Pipeline::on_reply(Reply reply, TimePoint now) {
    if (sent_ == 0) return false;
    auto& front = entries_.front();
    if (front.request.complete) front.request.complete(std::move(reply));
    front_since_ = now;
    if (--front.missing == 0) {
        entries_.pop_front();
        --sent_;
    }
    return true;
}

void Pipeline::end(Entry& entry, ErrorCode code, std::string_view detail) {
    if (auto complete = std::exchange(entry.request.complete, nullptr)) complete(fail(code, entry.name, detail));
}

void Pipeline::on_lost(std::string_view why, TimePoint now) {
    connected_ = false;
    for (; sent_ > 0; --sent_) {
        end(entries_.front(), ErrorCode::unknown_outcome, why);
        entries_.pop_front();
    }
    for (auto& entry : entries_)
        entry.queue_deadline = later(now, entry.request.queue_timeout);
}

void Pipeline::expire_unsent(std::string_view why, TimePoint now) {
    if (connected_) return;
    std::string kept_wire;
    std::deque<Entry> kept;
    std::size_t offset = 0;
    for (auto& entry : entries_) {
        auto const begin = std::exchange(offset, offset + entry.wire_bytes);
        if (entry.queue_deadline <= now) {
            end(entry, ErrorCode::unavailable, why);
        } else {
            kept_wire.append(unsent_wire_, begin, entry.wire_bytes);
            kept.push_back(std::move(entry));
        }
    }
    entries_ = std::move(kept);
    unsent_wire_ = std::move(kept_wire);
}

std::optional<std::string> Pipeline::overdue(TimePoint now) const {
    if (sent_ == 0) return std::nullopt;
    auto const& front = entries_.front();
    if (later(front_since_, front.request.reply_timeout) > now) return std::nullopt;
    return front.name;
}

std::optional<TimePoint> Pipeline::next_deadline() const {
    if (sent_ > 0) return later(front_since_, entries_.front().request.reply_timeout);
    if (connected_ || entries_.empty()) return std::nullopt;
    return std::ranges::min_element(entries_, {}, &Entry::queue_deadline)->queue_deadline;
}

void Pipeline::fail_unsent(ErrorCode code, std::string_view detail) {
    while (has_unsent()) {
        end(entries_.back(), code, detail);
        entries_.pop_back();
    }
    unsent_wire_.clear();
}

void Pipeline::fail_all(ErrorCode code, std::string_view detail) {
    for (auto& entry : entries_)
        end(entry, code, detail);
    entries_.clear();
    sent_ = 0;
    unsent_wire_.clear();
}

std::move_only_function<void(Result<Reply>)> Pipeline::abandon(Ticket ticket) {
    auto const entry = std::ranges::lower_bound(entries_, ticket, {}, &Entry::ticket);
    if (entry == entries_.end() || entry->ticket != ticket) return nullptr;
    return std::exchange(entry->request.complete, nullptr);
}

}  // namespace leat::redis
