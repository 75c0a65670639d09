#include "runtime/janitor.hpp"

#include <vector>

#include "store/store_worker.hpp"

namespace leat::runtime {
namespace {

using boost::asio::awaitable;

// A consumer without heartbeat that was silent for this long and holds nothing is deleted.
constexpr std::chrono::milliseconds kConsumerIdleMin = std::chrono::hours(1);
constexpr std::chrono::milliseconds kRegistryAge = std::chrono::hours(24);
constexpr std::chrono::milliseconds kDeadLetterAge = std::chrono::hours(7 * 24);

}  // namespace

awaitable<void> Janitor::run() {
    while (!stopping_) {
        co_await wake_.wait_for(core_.jittered(kJanitorEvery));
        if (stopping_) break;
        auto const cleaned = co_await clean();
        if (cleaned) {
            succeeded();
            continue;
        }
        auto error = cleaned.error();
        co_await pause_after(std::move(error), {});
    }
}

awaitable<Result<void>> Janitor::clean() {
    std::vector<store::AgentKeys const*> all;
    for (auto const& agent : agents_) {
        all.push_back(&agent->keys());
        auto const silent =
            co_await store::silent_consumers(core_.command, core_.space, agent->keys(), kConsumerIdleMin);
        if (!silent) co_return std::unexpected(silent.error());
        auto const store = core_.store();
        for (auto const& consumer : *silent) {
            auto const held = co_await store.prune_consumer(agent->keys(), consumer);
            if (!held) co_return std::unexpected(held.error());
            if (*held == 0) core_.emit({.kind = EventKind::consumer_pruned, .agent = agent->agent(), .task = consumer});
        }
    }
    co_return co_await store::sweep(core_.command, core_.space, all, kRegistryAge, kDeadLetterAge);
}

}  // namespace leat::runtime
