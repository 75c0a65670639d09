#include "client/dispatch_queue.hpp"

#include <algorithm>
#include <utility>

#include "async/signal.hpp"
#include "client/waiter.hpp"
#include "store/dispatch_size.hpp"
#include "store/store_worker.hpp"

namespace leat::client {
namespace {

using boost::asio::awaitable;

// Calls of one agent under way at once: enough to keep the server busy while replies travel.
constexpr std::size_t kCallsMax = 4;
// A call that could take more waits for the one before it, as Nagle's rule has it (RFC 896): what comes meanwhile
// shares its cost, and while nothing is under way nothing waits.
constexpr std::size_t kSmallCallsMax = 1;
constexpr std::chrono::milliseconds kResendPauseMin{20};
constexpr std::chrono::milliseconds kResendPauseMax{500};

// The connection failed, not the call: another try may succeed.
bool is_loss(ErrorCode code) {
    return code == ErrorCode::unknown_outcome || code == ErrorCode::unavailable;
}

}  // namespace

DispatchQueue::DispatchQueue(DispatchContext& context, std::string_view agent, Durability durability)
    : context_(context),
      keys_(context.space.agent(agent)),
      durability_(durability),
      calls_(context.connection.executor()) {}

void DispatchQueue::add(std::shared_ptr<DispatchJob> job, std::size_t index, store::DispatchItem item) {
    waiting_.push_back({std::move(job), index});
    waiting_bytes_ += item.payload.size();
    items_.push_back(std::move(item));
}

void DispatchQueue::pump() {
    while (!waiting_.empty() && calls_under_way_ < calls_now()) {
        ++calls_under_way_;
        calls_.spawn(send(take_batch()));
    }
}

std::size_t DispatchQueue::calls_now() const {
    bool const full = waiting_.size() >= Limits::dispatch_batch || waiting_bytes_ >= store::kDispatchBytesMax;
    // Calls that wait for a disk, a replica or a connection take long: whoever comes later does not wait for them too.
    bool const slow = durability_.level != Durability::Level::memory || !context_.connection.connected();
    return full || slow ? kCallsMax : kSmallCallsMax;
}

DispatchQueue::Batch DispatchQueue::take_batch() {
    Batch batch;
    std::size_t bytes = 0;
    while (!waiting_.empty() && batch.items.size() < Limits::dispatch_batch) {
        bytes += items_.front().payload.size();
        if (!batch.items.empty() && bytes > store::kDispatchBytesMax) break;
        waiting_bytes_ -= items_.front().payload.size();
        batch.deadline = std::max(batch.deadline, waiting_.front().job->deadline);
        batch.waiting.push_back(std::move(waiting_.front()));
        batch.items.push_back(std::move(items_.front()));
        waiting_.pop_front();
        items_.pop_front();
    }
    return batch;
}

awaitable<void> DispatchQueue::send(Batch batch) {
    if (!registered_) {
        // First, so that no work waits for an agent that nobody sees. What keeps the name out keeps no task out.
        auto const noted = co_await store::note_agent(context_.connection, context_.space, keys_.agent);
        registered_ = noted || !is_loss(noted.error().code);
    }
    auto const replies = co_await send_until_known(batch);
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        if (replies) {
            auto const& stored = replies->items[i];
            if (context_.waiter != nullptr && stored.status == DispatchStatus::created && !stored.unreadable)
                context_.waiter->dispatched(keys_, batch.items[i].id);
            answer(batch.waiting[i], receipt_of(batch.items[i], replies->items[i], *replies));
        } else {
            answer(batch.waiting[i], std::unexpected(replies.error()));
        }
    }
    --calls_under_way_;
    pump();
}

Result<Receipt> DispatchQueue::receipt_of(store::DispatchItem& item, store::DispatchReply const& reply,
                                          store::DurableReply const& batch) const {
    if (reply.unreadable) {
        return fail(ErrorCode::corrupt, "dispatch",
                    "the key " + keys_.task(item.id) + " holds something that is no record");
    }
    bool const stored = reply.status != DispatchStatus::full;
    if (stored && !batch.shortfall.empty()) {
        return fail(ErrorCode::not_durable, "dispatch",
                    "the task " + item.id + " is stored, but not " + to_string(durability_) + ": " + batch.shortfall +
                        "; send it again with the same id to wait again");
    }
    Receipt receipt;
    receipt.task_id = std::move(item.id);
    receipt.status = reply.status;
    receipt.state = reply.state;
    if (stored) receipt.durability = batch.reached;
    return receipt;
}

awaitable<Result<store::DurableReply>> DispatchQueue::send_once(Batch const& batch) {
    auto const store = store::Store(context_.connection);
    if (durability_.level != Durability::Level::memory) {
        co_return co_await store.dispatch_durably(keys_, batch.items, context_.max_waiting, durability_,
                                                  context_.durability_timeout);
    }
    auto items = co_await store.dispatch(keys_, batch.items, context_.max_waiting);
    if (!items) co_return std::unexpected(std::move(items.error()));
    store::DurableReply reply;
    reply.items = std::move(*items);
    co_return reply;
}

awaitable<Result<store::DurableReply>> DispatchQueue::send_until_known(Batch const& batch) {
    bool maybe_stored = false;
    auto pause = kResendPauseMin;
    while (true) {
        auto replies = co_await send_once(batch);
        if (replies) co_return replies;
        auto error = std::move(replies.error());
        maybe_stored = maybe_stored || error.code == ErrorCode::unknown_outcome;
        if (!is_loss(error.code) || context_.clock.now() >= batch.deadline) {
            if (maybe_stored) error.code = ErrorCode::unknown_outcome;
            co_return std::unexpected(std::move(error));
        }
        async::Signal timer(context_.connection.executor());
        auto const jitter = 0.5 + context_.random.unit() / 2.0;
        co_await timer.wait_for(std::chrono::duration_cast<std::chrono::nanoseconds>(pause * jitter));
        pause = std::min(pause * 2, kResendPauseMax);
    }
}

void DispatchQueue::answer(Waiting const& waiting, Result<Receipt> receipt) {
    auto& job = *waiting.job;
    job.receipts[waiting.index] = std::move(receipt);
    if (--job.open > 0) return;
    auto done = std::move(job.done);
    done(std::move(job.receipts));
}

}  // namespace leat::client
