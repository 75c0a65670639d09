// What Redis pays for a task: microseconds of its one thread, from INFO commandstats. Prints the figures; fails only
// where they are absurd, because machines differ. LEAT_COST_TASKS=100000 makes them steadier.
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace leat::store
