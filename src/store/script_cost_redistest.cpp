// What Redis pays for a task: microseconds of its one thread, from INFO commandstats. Prints the figures; fails only
// where they are absurd, because machines differ. LEAT_COST_TASKS=100000 makes them steadier. And what no number of
// tasks may make expensive: the longest call, the memory of what is done, a look at what is held.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <sstream>

#include "store/store_fixture.hpp"

namespace leat::store {
namespace {

constexpr std::size_t kTasks = 2'000;
constexpr double kAbsurdMicroseconds = 1'000;

class ScriptCostTest : public StoreFixture, public ::testing::WithParamInterface<std::size_t> {
  protected:
    // Microseconds spent in one command since the server started.
    double spent(std::string const& command) const {
        auto const stats = ask({"INFO", "commandstats"});
        auto const at = stats.find("cmdstat_" + command + ":");
        auto const usec = stats.find("usec=", at);
        return at == std::string::npos ? 0 : std::stod(stats.substr(usec + 5));
    }
    static std::size_t tasks() {
        auto const* const wanted = std::getenv("LEAT_COST_TASKS");
        return wanted != nullptr ? std::stoul(wanted) : kTasks;
    }
};

TEST_P(ScriptCostTest, of_one_task) {
    auto const batch = GetParam();
    auto const total = tasks() / batch * batch;
    std::string const payload = R"({"text":")" + std::string(150, 'x') + R"("})";
    std::string const result = R"({"label":"positive","score":0.98,"text":")" + std::string(80, 'y') + R"("})";

    for (std::size_t i = 0; i < total; i += batch) {
        std::vector<DispatchItem> items(batch);
        for (std::size_t j = 0; j < batch; ++j)
            items[j] = {.id = "01HZXW3K5V9Q8R7T6P" + std::to_string(10'000'000 + i + j), .payload = payload};
        ASSERT_TRUE(wait(store.dispatch(keys, items, std::nullopt)));
    }
    auto const dispatched = spent("evalsha");
    double settled = 0;
    for (std::size_t i = 0; i < total; i += batch) {
        auto const deliveries = fetch("host.12345.abcdef", Lane::normal, static_cast<std::int64_t>(batch));
        ASSERT_EQ(deliveries.size(), batch);
        std::vector<Settlement> settlements;
        for (auto const& delivery : deliveries) {
            settlements.push_back(verdict(delivery, SettleVerdict::success, result));
            settlements.back().payload = delivery.message.payload;
        }
        ASSERT_TRUE(wait(store.settle(keys, "host.12345.abcdef", settlements, {}, kMinute, {})));
    }
    settled = spent("evalsha") - dispatched;

    auto const per_task = [&](double microseconds) { return microseconds / static_cast<double>(total); };
    std::cout << "batch " << batch << ": dispatch " << per_task(dispatched) << ", fetch "
              << per_task(spent("xreadgroup")) << ", settle " << per_task(settled) << " us of Redis per task\n";
    EXPECT_LT(per_task(dispatched + settled), kAbsurdMicroseconds);
}

INSTANTIATE_TEST_SUITE_P(Batches, ScriptCostTest, ::testing::Values(1, 10, 100));

// So many at once; what LEAT_SCALE_TASKS says where it is set.
class ScaleCostTest : public StoreFixture {
  protected:
    ScaleCostTest() : StoreFixture({"--slowlog-log-slower-than", "0", "--slowlog-max-len", "20000"}) {}

    static std::size_t scale(std::size_t otherwise) {
        auto const* const wanted = std::getenv("LEAT_SCALE_TASKS");
        return wanted != nullptr ? std::stoul(wanted) : otherwise;
    }
    void add_many(std::size_t count, std::int64_t delay_ms = 0, std::string const& name = "t") {
        for (std::size_t i = 0; i < count; i += kBatch) {
            std::vector<DispatchItem> items(kBatch);
            for (std::size_t j = 0; j < kBatch; ++j)
                items[j] = {.id = name + std::to_string(i + j), .delay_ms = delay_ms, .payload = "{}"};
            ASSERT_TRUE(wait(store.dispatch(keys, items, std::nullopt)));
        }
    }
    // Settles all of it in batches as large as a worker's: fewer retries than successes.
    void settle_all(std::vector<Delivery> const& deliveries, SettleVerdict how, std::int64_t delay_ms = 0) {
        auto const batch = how == SettleVerdict::success ? kBatch : kBatch / 4;
        for (std::size_t i = 0; i < deliveries.size(); i += batch) {
            std::vector<Settlement> settlements;
            for (auto at = i; at < std::min(i + batch, deliveries.size()); ++at) {
                settlements.push_back(verdict(deliveries[at], how, "\"done\""));
                settlements.back().retry_count = how == SettleVerdict::retry ? 1 : 0;
                settlements.back().delay_ms = delay_ms;
            }
            ASSERT_TRUE(wait(store.settle(keys, "w1", settlements, {}, kMinute, {})));
        }
    }
    void promote_all() {
        std::vector<std::string> due;
        do {
            auto const reply = wait(store.promote(keys, due, kPromoteBatch));
            ASSERT_TRUE(reply) << reply.error().message();
            due = reply->due;
        } while (!due.empty());
    }
    // Microseconds of each script call since the log was emptied, the longest last.
    std::vector<std::int64_t> script_calls() const {
        std::vector<std::int64_t> all;
        std::istringstream times(ask({"EVAL",
                                      "local all = {} for _, row in ipairs(redis.call('SLOWLOG', 'GET', -1)) do if "
                                      "row[4][1] == 'EVALSHA' or row[4][1] == 'evalsha' then all[#all + 1] = "
                                      "tostring(row[3]) end end return all",
                                      "0"}));
        for (std::string line; std::getline(times, line);)
            if (!line.empty()) all.push_back(std::stoll(line));
        std::ranges::sort(all);
        return all;
    }
    // Nearly all below the limit: a machine that stands still in between is no cost of a script.
    void expect_short_calls(std::string const& what) const {
        auto const calls = script_calls();
        ASSERT_GT(calls.size(), 20U) << what;
        auto const at = calls[calls.size() - 1 - calls.size() / 20];
        std::cout << what << ": " << calls.size() << " calls, 95 % within " << at << " us, the longest " << calls.back()
                  << " us\n";
        EXPECT_LT(at, kLongestMicroseconds) << what;
    }
    std::int64_t used_memory() const {
        auto const info = ask({"INFO", "memory"});
        return std::stoll(info.substr(info.find("used_memory:") + 12));
    }

    static constexpr std::size_t kBatch = 100;
    static constexpr std::int64_t kLongestMicroseconds = 10'000;
};

// Ten thousand delayed tasks whose time comes in one moment, all fail, and are all due again.
TEST_F(ScaleCostTest, no_call_is_long_when_all_is_due_at_once_and_all_is_retried) {
    constexpr std::size_t kDue = 10'000;
    add_many(kDue, 60'000);
    ask({"ZUNIONSTORE", keys.scheduled, "1", keys.scheduled, "WEIGHTS", "0"});  // all due long ago
    ask({"SLOWLOG", "RESET"});
    promote_all();
    expect_short_calls("10,000 due at once");
    EXPECT_EQ(length(keys.lane(Lane::normal)), std::to_string(kDue));
    ask({"SLOWLOG", "RESET"});
    settle_all(fetch("w1", Lane::normal, kDue), SettleVerdict::retry, 1);
    ask({"ZUNIONSTORE", keys.scheduled, "1", keys.scheduled, "WEIGHTS", "0"});
    promote_all();
    expect_short_calls("10,000 retries");
    EXPECT_EQ(total("promoted"), std::to_string(2 * kDue));
}

// A deleted entry keeps its node of the stream until all of the node is deleted: one node for each that is stuck.
TEST_F(ScaleCostTest, tasks_that_are_done_leave_no_memory_beside_tasks_that_are_stuck) {
    constexpr std::size_t kStuck = 100;
    constexpr std::int64_t kNodeBytes = 16 * 1024;  // generous: 100 entries, 4 KiB of fields
    auto const rounds = scale(100'000) / kStuck / kBatch;
    auto const stream_bytes = [&] {
        return std::stoll(ask({"MEMORY", "USAGE", keys.lane(Lane::normal), "SAMPLES", "0"}));
    };
    for (std::size_t stuck = 0; stuck < kStuck; ++stuck) {
        add({.id = "stuck" + std::to_string(stuck), .payload = "{}"});
        (void)fetch("somebody", Lane::normal, 1);
        for (std::size_t round = 0; round < rounds; ++round) {
            add_many(kBatch, 0, std::to_string(stuck) + "-" + std::to_string(round) + "-");
            settle_all(fetch("w1", Lane::normal, kBatch), SettleVerdict::success);
        }
    }
    std::cout << kStuck << " stuck among " << total("succeeded") << " done: " << stream_bytes() << " bytes of stream\n";
    EXPECT_EQ(length(keys.lane(Lane::normal)), std::to_string(kStuck));
    EXPECT_LT(stream_bytes(), static_cast<std::int64_t>(kStuck) * kNodeBytes);
}

// As many deliveries as no worker holds: bytes of each, and a look for silent ones that stays short.
TEST_F(ScaleCostTest, many_held_deliveries_cost_little_each_and_are_looked_at_in_short_calls) {
    auto const held = scale(100'000) / kBatch * kBatch;
    add_many(held);
    auto const waiting = used_memory();
    for (std::size_t i = 0; i < held; i += 1'000)
        ASSERT_EQ(fetch("w1", Lane::normal, 1'000).size(), std::min<std::size_t>(1'000, held - i));
    auto const each = (used_memory() - waiting) / static_cast<std::int64_t>(held);
    std::cout << held << " held: " << each << " bytes each\n";
    EXPECT_LT(each, 300);
    ask({"SLOWLOG", "RESET"});
    std::string cursor = "0-0";
    int calls = 0;
    do {
        auto const reply = wait(store.reclaim(keys, Lane::normal, "w2", std::chrono::hours(1), cursor, 25));
        ASSERT_TRUE(reply) << reply.error().message();
        EXPECT_TRUE(reply->deliveries.empty());
        cursor = reply->cursor;
        ++calls;
    } while (cursor != "0-0");
    EXPECT_GE(calls, static_cast<int>(held / 250));
    expect_short_calls("a sweep over " + std::to_string(held) + " held");
}

}  // namespace
}  // namespace leat::store
