#include "runtime/settler.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>

#include "core/histogram.hpp"
#include "store/inspect_reply.hpp"

namespace leat::runtime {
namespace {

using boost::asio::awaitable;

constexpr std::int64_t kMsPerMinute = 60'000;
// Larger payloads are not repeated in the archive.
constexpr std::size_t kArchivedPayloadMax = 4096;
constexpr std::ptrdiff_t kBatchMax = Limits::dispatch_batch;
// What one call may cost the server, so that it never keeps others waiting for 2 ms. The unit is a byte that is written
// once, about 2 ns; a single verdict may be dearer.
constexpr std::size_t kCallPriceMax = 512U << 10;
constexpr std::size_t kSuccessPrice = 3'500;
constexpr std::size_t kOtherPrice = 20'000;
constexpr std::size_t kParkedBytePrice = 5;  // a payload that is read, written as JSON and stored again

bool is_archived(AgentOptions const& options, Task const& task) {
    return options.archive_payload && task.payload_text().size() <= kArchivedPayloadMax;
}

std::size_t price_of(AgentOptions const& options, Task const& task, tasks::Ruling const& ruling) {
    auto const payload = task.payload_text().size();
    if (ruling.kind == tasks::RulingKind::success)
        return kSuccessPrice + ruling.text.size() + (is_archived(options, task) ? payload : 0);
    return kOtherPrice + ruling.text.size() + kParkedBytePrice * payload;
}

store::SettleVerdict verdict_of(tasks::RulingKind kind) {
    switch (kind) {
        case tasks::RulingKind::success:
            return store::SettleVerdict::success;
        case tasks::RulingKind::retry:
            return store::SettleVerdict::retry;
        case tasks::RulingKind::cancelled:
            return store::SettleVerdict::cancelled;
        case tasks::RulingKind::dead:
        case tasks::RulingKind::release:
        case tasks::RulingKind::drop:
            break;
    }
    return store::SettleVerdict::dead;
}

}  // namespace

store::AgentPolicy policy_of(AgentOptions const& options) {
    store::AgentPolicy policy;
    policy.kept.retention_s = std::max<std::int64_t>(1, options.retention.count() / 1'000);
    policy.kept.results_kept = options.results_kept;
    policy.kept.dead_kept = options.dead_kept;
    policy.max_retries = options.max_retries;
    return policy;
}

namespace {

// The latencies of one batch, as fields of the counters.
class Latencies {
  public:
    void add(Flight const& flight, bool ends_task) {
        auto const started_at = flight.started_at.load(std::memory_order_relaxed);
        if (ends_task && flight.task.created_at > 0) end_.add(flight.ruled_at - flight.task.created_at);
        if (started_at == 0) return;
        run_.add(flight.ruled_at - started_at);
        // The entry's id tells when the message entered its lane.
        if (auto const entered = store::parse_entry_id(flight.entry_id))
            wait_.add(started_at - static_cast<std::int64_t>(entered->ms));
    }
    [[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> increments() const {
        std::vector<std::pair<std::string, std::int64_t>> fields;
        run_.list("run", fields);
        wait_.list("wait", fields);
        end_.list("end", fields);
        return fields;
    }

  private:
    class Family {
      public:
        void add(std::int64_t ms) {
            ms = std::max<std::int64_t>(0, ms);  // two clocks
            ++counts_[core::Histogram::bucket_of(std::chrono::milliseconds(ms))];
            sum_ms_ += ms;
        }
        void list(std::string const& name, std::vector<std::pair<std::string, std::int64_t>>& fields) const {
            for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket)
                if (counts_[bucket] > 0) fields.emplace_back(core::Histogram::field(name, bucket), counts_[bucket]);
            if (sum_ms_ > 0) fields.emplace_back(name + ":sum_ms", sum_ms_);
        }

      private:
        std::array<std::int64_t, core::Histogram::kBuckets> counts_{};
        std::int64_t sum_ms_ = 0;
    };
    Family run_, wait_, end_;
};

}  // namespace

Settler::Settler(WorkerCore& core, store::AgentKeys const& keys, AgentOptions const& options, Recorded recorded)
    : Service(core, "settler"),
      keys_(keys),
      options_(options),
      kept_(policy_of(options).kept),
      recorded_(std::move(recorded)),
      calls_(core.engine) {}

void Settler::add(std::shared_ptr<Flight> flight, tasks::Ruling ruling) {
    auto const price = price_of(options_, flight->task, ruling);
    queued_price_ += price;
    queue_.push_back({std::move(flight), std::move(ruling), price});
}

void Settler::pump() {
    while (!queue_.empty() && calls_under_way_ < kSettleCalls) {
        bool const waits_for_one = calls_under_way_ > refused_calls_;
        if (waits_for_one && !fills_a_call()) return;
        auto batch = take_batch();
        ++calls_under_way_;
        under_way_ += batch.size();
        calls_.spawn(settle(std::move(batch)));
    }
}

bool Settler::fills_a_call() const {
    return std::ssize(queue_) >= kBatchMax || queued_price_ >= kCallPriceMax;
}

std::vector<Settler::Item> Settler::take_batch() {
    std::size_t price = 0;
    auto end = queue_.begin();
    for (; end != queue_.end() && end - queue_.begin() < kBatchMax; ++end) {
        if (price + end->price > kCallPriceMax && end != queue_.begin()) break;
        price += end->price;
    }
    queued_price_ -= price;
    std::vector<Item> batch(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
    queue_.erase(queue_.begin(), end);
    return batch;
}

awaitable<void> Settler::run() {
    while (!stopping_)
        co_await wake_.wait();
    co_await calls_.join();
}

awaitable<void> Settler::settle(std::vector<Item> batch) {
    co_await settle_until_known(batch);
    --calls_under_way_;
    under_way_ -= batch.size();
    pump();
}

awaitable<void> Settler::settle_until_known(std::vector<Item> const& batch) {
    std::vector<store::Settlement> settlements;
    settlements.reserve(batch.size());
    Latencies latencies;
    for (auto const& [flight, ruling, price] : batch) {
        store::Settlement settlement;
        settlement.held = flight->held();
        settlement.verdict = verdict_of(ruling.kind);
        settlement.text = ruling.text;
        settlement.dead_kind = ruling.dead_kind;
        settlement.delay_ms = ruling.delay.count();
        settlement.attempt = ruling.attempt;
        settlement.crashes = ruling.crashes;
        settlement.retry_count = ruling.retry_count;
        settlement.created_at = flight->task.created_at;
        settlement.started_at = flight->started_at.load(std::memory_order_relaxed);
        if (is_archived(options_, flight->task)) settlement.payload = flight->task.payload_text();
        settlements.push_back(settlement);
        latencies.add(*flight, settlement.verdict != store::SettleVerdict::retry);
    }
    auto const increments = latencies.increments();

    auto const store = core_.store();
    for (bool is_refused = false;; is_refused = true) {
        auto const minute = core_.server_clock.at(core_.now()) / kMsPerMinute;
        auto const statuses = co_await store.settle(keys_, core_.consumer, settlements, kept_, minute, increments);
        if (statuses) {
            if (is_refused) --refused_calls_;
            succeeded();
            tell(batch, *statuses);
            co_return;
        }
        if (statuses.error().code == ErrorCode::cancelled) co_return;  // the worker ends at once
        if (!is_refused) {
            ++refused_calls_;
            pump();  // others do not wait for what this one lacks
        }
        auto error = statuses.error();
        auto const detail = error.message();
        core_.emit(
            {.kind = EventKind::service_error, .agent = keys_.agent, .task = name_, .detail = detail, .count = 1});
        auto retry = async::Signal(core_.engine);
        co_await retry.wait_for(core_.jittered(kRetryPauseMax / 4));
    }
}

void Settler::tell(std::vector<Item> const& batch, std::vector<store::SettleStatus> const& statuses) {
    for (std::size_t i = 0; i < batch.size(); ++i)
        recorded_(batch[i].flight, batch[i].ruling, statuses[i]);
}

}  // namespace leat::runtime
