// A worker writes down how much its agents hold.
#include <map>
#include <sstream>

#include "runtime/worker_fixture.hpp"

namespace leat::runtime {
namespace {

TEST_F(WorkerFixture, TheDepthOfEveryAgentIsWrittenDown) {
    (void)dispatch("later", nullptr, {.delay = Milliseconds(3'600'000)});
    auto const worker = start([](Worker& w) {
        w.handle("later", [](Task const&, Context&) -> json { return 1; });
        w.handle("idle", [](Task const&, Context&) -> json { return 1; });
    });
    for (auto const& [agent, scheduled] : std::map<std::string, std::string>{{"later", "1"}, {"idle", "0"}}) {
        auto const minutes = [&] {
            std::istringstream names(ask({"KEYS", "leat:{" + agent + "}:stats:*"}));
            std::string first;
            std::getline(names, first);
            return first;
        };
        std::string minute;
        ASSERT_TRUE(eventually([&] { return !(minute = minutes()).empty(); }));
        EXPECT_EQ(ask({"HGET", minute, "gauge:scheduled"}), scheduled) << agent;
    }
}

}  // namespace
}  // namespace leat::runtime
