#include "store/audit_walk.hpp"

#include <algorithm>
#include <utility>

#include "store/inspect_reply.hpp"
#include "store/place.hpp"

namespace leat::store {
namespace {

using boost::asio::awaitable;
using redis::Command;

// Keys that the server looks at for one slice of records, whosever they are.
constexpr std::int64_t kScanCount = 500;
// Suspects remembered; what is beyond is found again by the next pass.
constexpr std::size_t kSuspectsMax = 100'000;
constexpr std::string_view kLaneStart = "0-0";
constexpr std::string_view kScanStart = "0";

}  // namespace

AuditWalk::AuditWalk(redis::Connection& connection, AgentKeys const& keys, AuditMode mode,
                     std::chrono::milliseconds confirm_after)
    : connection_(connection), keys_(keys), mode_(mode), confirm_after_(confirm_after) {}

void AuditWalk::restart(bool suspects_only) {
    queue_.clear();
    suspects_only_ = suspects_only;
    phase_ = Phase::suspects;
    lane_ = 0;
    cursor_ = kLaneStart;
    checked_ = 0;
}

std::optional<AuditWalk::Time> AuditWalk::next_confirmation() const {
    std::optional<Time> earliest;
    for (auto const& [task, suspect] : suspects_) {
        auto const due = suspect.since + confirm_after_;
        if (!earliest || due < *earliest) earliest = due;
    }
    return earliest;
}

awaitable<Result<std::vector<AuditFinding>>> AuditWalk::step(Time now) {
    auto read = Result<void>{};
    if (queue_.empty()) {
        switch (phase_) {
            case Phase::suspects:
                take_suspects(now);
                phase_ = suspects_only_ ? Phase::finished : Phase::lanes;
                break;
            case Phase::lanes:
                read = co_await read_lane();
                break;
            case Phase::scheduled:
                read = co_await read_scheduled();
                break;
            case Phase::records:
                read = co_await read_records();
                break;
            case Phase::finished:
                break;
        }
    }
    if (!read) co_return std::unexpected(read.error());
    co_return co_await judge(now);
}

void AuditWalk::take_suspects(Time now) {
    for (auto const& [task, suspect] : suspects_) {
        if (suspect.since + confirm_after_ <= now) queue_.push_back({task, {}, suspect.place});
    }
}

awaitable<Result<void>> AuditWalk::read_lane() {
    auto const lane = static_cast<Lane>(lane_);
    auto slice = co_await survey(connection_, keys_, lane, cursor_, kAuditBatch);
    if (!slice) co_return std::unexpected(slice.error());
    for (auto& [entry, task] : slice->messages) {
        if (!check_name("task id", task)) continue;  // whoever fetches it puts it aside
        queue_.push_back({std::move(task), place_text(lane, entry), {}});
    }
    cursor_ = std::move(slice->next);
    if (!cursor_.empty()) co_return Result<void>{};
    cursor_ = kLaneStart;
    if (++lane_ < kLanes) co_return Result<void>{};
    phase_ = Phase::scheduled;
    cursor_ = kScanStart;
    co_return Result<void>{};
}

awaitable<Result<void>> AuditWalk::read_scheduled() {
    auto const scan = Command("ZSCAN").args(keys_.scheduled, cursor_, "COUNT", kAuditBatch);
    auto const reply = co_await connection_.exec(std::cref(scan));
    if (!reply) co_return std::unexpected(reply.error());
    if (auto checked = check_reply("audit", reply->root()); !checked) co_return checked;
    bool is_member = true;
    for (auto const part : reply->root()[1]) {
        if (is_member && check_name("task id", part.text())) queue_.push_back({std::string(part.text()), {}, {}});
        is_member = !is_member;
    }
    cursor_ = reply->root()[0].text();
    if (cursor_ == kScanStart) phase_ = Phase::records;
    co_return Result<void>{};
}

awaitable<Result<void>> AuditWalk::read_records() {
    auto const scan = Command("SCAN").args(cursor_, "MATCH", keys_.task_prefix + "*", "COUNT", kScanCount);
    auto const reply = co_await connection_.exec(std::cref(scan));
    if (!reply) co_return std::unexpected(reply.error());
    if (auto checked = check_reply("audit", reply->root()); !checked) co_return checked;
    for (auto const key : reply->root()[1]) {
        auto const text = key.text();
        if (!text.starts_with(keys_.task_prefix)) continue;
        auto const id = text.substr(keys_.task_prefix.size());
        if (check_name("task id", id)) queue_.push_back({std::string(id), {}, {}});
    }
    cursor_ = reply->root()[0].text();
    if (cursor_ == kScanStart) phase_ = Phase::finished;
    co_return Result<void>{};
}

awaitable<Result<std::vector<AuditFinding>>> AuditWalk::judge(Time now) {
    std::vector<AuditFinding> findings;
    auto const count = std::min(queue_.size(), kAuditBatch);
    std::vector<AuditItem> const items(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
    auto const replies = co_await audit(connection_, keys_, items, mode_);
    if (!replies) co_return std::unexpected(replies.error());
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
    for (std::size_t i = 0; i < count; ++i) {
        auto const& reply = (*replies)[i];
        if (reply.status == AuditStatus::later) {
            queue_.push_back(items[i]);
            continue;
        }
        ++checked_;
        bool const known = suspects_.contains(items[i].task_id);
        note(items[i], reply, now);
        bool const told = known && reply.status == AuditStatus::missing;
        if ((is_repair(reply.status) || is_report(reply.status)) && !told)
            findings.push_back({reply.status, items[i].task_id});
    }
    co_return findings;
}

// A suspect that has moved on since is none any more; one that is missing somewhere else is a new one.
void AuditWalk::note(AuditItem const& item, AuditReply const& reply, Time now) {
    if (!item.place.empty()) return;  // says nothing of where the record is
    if (reply.status != AuditStatus::missing) {
        suspects_.erase(item.task_id);
        return;
    }
    auto const known = suspects_.find(item.task_id);
    if (known == suspects_.end()) {
        if (suspects_.size() < kSuspectsMax) suspects_.emplace(item.task_id, Suspect{reply.place, now});
    } else if (known->second.place != reply.place) {
        known->second = {reply.place, now};
    }
}

}  // namespace leat::store
