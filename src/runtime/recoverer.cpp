#include "runtime/recoverer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "redis/resp_parser.hpp"

namespace leat::runtime {
namespace {

using boost::asio::awaitable;

// A server that has not noticed our loss may hand something to the old connection until its read ends.
constexpr std::chrono::milliseconds kSecondLook = 2 * kBlock;

constexpr std::string_view kTooLargeToRead = "the entry is too large to be read";

bool is_loss(ErrorCode code) {
    return code == ErrorCode::unknown_outcome || code == ErrorCode::unavailable;
}

}  // namespace

Recoverer::Recoverer(WorkerCore& core, store::AgentKeys const& keys, InHand& in_hand, ReadBudget& budget, Hooks hooks)
    : Service(core, "recoverer"), keys_(keys), in_hand_(in_hand), budget_(budget), hooks_(std::move(hooks)) {}

awaitable<void> Recoverer::run() {
    int looks_left = 0;
    while (!stopping_) {
        if (looks_left == 0) {
            co_await wake_.wait();
            looks_left = 2;
        } else if (co_await wake_.wait_for(kSecondLook)) {
            looks_left = 2;
        }
        if (stopping_) break;
        auto const looked = co_await look();
        // What cannot be read for another reason than the connection must not keep the agent from working.
        if (looking_ && (looked || !is_loss(looked.error().code))) {
            looking_ = false;
            hooks_.looked();
        }
        if (looked) {
            succeeded();
            --looks_left;
            continue;
        }
        auto error = looked.error();
        co_await pause_after(std::move(error), keys_.agent);
        notify();
    }
}

awaitable<Result<void>> Recoverer::look() {
    for (auto const lane : {Lane::critical, Lane::high, Lane::normal, Lane::low}) {
        auto looked = co_await look_at(lane);
        if (!looked) co_return looked;
    }
    co_return Result<void>{};
}

awaitable<Result<void>> Recoverer::look_at(Lane lane) {
    auto const store = core_.store();
    std::string after;
    std::size_t read = 0;
    do {
        auto held = co_await store.held_by(keys_, lane, core_.consumer, after);
        if (!held) co_return std::unexpected(held.error());
        read = held->size();
        if (read > 0) after = held->back().entry_id;
        std::erase_if(*held, [&](auto const& entry) { return in_hand_.knows(lane, entry.entry_id, entry.count); });
        while (!held->empty() && !stopping_) {
            auto const some =
                held->begin() + static_cast<std::ptrdiff_t>(std::min(held->size(), budget_.single_reads()));
            std::vector<store::HeldEntry> const part(held->begin(), some);
            auto taken = co_await take_up(lane, part);
            if (!taken && taken.error().code == ErrorCode::unknown_outcome) budget_.lost();
            if (!taken && part.size() == 1 && is_unreadable(lane, part.front(), taken.error())) {
                std::vector<store::Delivery> unread(1);
                unread.front() = {lane, part.front().entry_id, part.front().count, {}, std::string(kTooLargeToRead)};
                hooks_.accept(std::move(unread));
            } else if (!taken) {
                co_return taken;
            }
            held->erase(held->begin(), some);
        }
    } while (read == Limits::dispatch_batch && !stopping_);
    co_return Result<void>{};
}

// Only the second time in a row is certain: another reply on the same connection may have been the large one.
bool Recoverer::is_unreadable(Lane lane, store::HeldEntry const& entry, Error const& error) {
    if (!redis::is_too_large_reply(error)) return false;
    auto name = std::string(to_string(lane)) + '/' + entry.entry_id;
    auto const before = std::exchange(suspect_, std::move(name));
    return before == suspect_;
}

awaitable<Result<void>> Recoverer::take_up(Lane lane, std::vector<store::HeldEntry> entries) {
    auto const store = core_.store();
    auto deliveries = co_await store.read_held(keys_, lane, entries);
    if (!deliveries) co_return std::unexpected(deliveries.error());
    budget_.replied(deliveries->size(), largest_of(*deliveries));
    std::vector<store::Held> held;
    for (auto const& delivery : *deliveries)
        held.push_back({lane, delivery.entry_id, delivery.count, delivery.message.task_id});
    auto const statuses = co_await store.renew(keys_, core_.consumer, held);
    if (!statuses) co_return std::unexpected(statuses.error());
    std::vector<store::Delivery> ours;
    for (std::size_t i = 0; i < held.size(); ++i) {
        auto const status = (*statuses)[i];
        auto& delivery = (*deliveries)[i];
        if (status == store::RenewStatus::lost || status == store::RenewStatus::missing) continue;
        if (in_hand_.knows(lane, delivery.entry_id, delivery.count)) continue;  // its reply came after all
        core_.emit({.kind = EventKind::delivery_found, .agent = keys_.agent, .task = delivery.message.task_id});
        ours.push_back(std::move(delivery));
    }
    for (auto const& delivery : ours)
        in_hand_.expect_late(lane, delivery.entry_id, delivery.count);
    if (!ours.empty()) hooks_.accept(std::move(ours));
    co_return Result<void>{};
}

}  // namespace leat::runtime
