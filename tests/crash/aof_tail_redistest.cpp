// A power cut may leave the append-only file torn anywhere. Redis then drops the end that is no whole command, or no
// whole transaction: a script has happened or it has not.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "store/store_fixture.hpp"
#include "support/keyspace.hpp"

namespace leat {
namespace {

namespace fs = std::filesystem;

class AofTailTest : public store::StoreFixture {
  protected:
    AofTailTest()
        : StoreFixture({"--appendonly", "yes", "--appendfsync", "always", "--aof-load-truncated", "yes",
                        "--aof-use-rdb-preamble", "no"}) {}

    // The file that is appended to.
    [[nodiscard]] fs::path aof() const {
        for (auto const& file : fs::recursive_directory_iterator(server.folder())) {
            if (file.path().string().ends_with(".incr.aof")) return file.path();
        }
        throw std::runtime_error("the server has no append-only file");
    }
    static std::string content(fs::path const& file) {
        std::ifstream stream(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    }
    // The state of each task after a restart with this file.
    std::map<std::string, std::string> restart_with(std::string_view bytes) {
        server.kill();
        std::ofstream(aof(), std::ios::binary | std::ios::trunc).write(bytes.data(), std::ssize(bytes));
        server.start();
        auto const now = testing::Keyspace::read([this](auto const& command) { return ask(command); });
        auto const violations = now.violations();
        EXPECT_TRUE(violations.empty()) << testing::joined(violations);
        return now.tasks(keys.agent);
    }
};

TEST_F(AofTailTest, TornAtEveryByteOfAScriptItHasHappenedOrNot) {
    add({.id = "waits", .payload = "{}"});
    auto const delivery = start("w1", {.id = "runs", .lane = Lane::high, .payload = "{}"});
    auto const before = fs::file_size(aof());
    auto retry = verdict(delivery, store::SettleVerdict::retry, "once more");
    retry.retry_count = 1;
    retry.delay_ms = 60'000;
    ASSERT_EQ(settle("w1", retry), store::SettleStatus::settled);
    server.kill();
    auto const whole = content(aof());
    ASSERT_GT(whole.size(), before);
    server.start();

    std::map<std::string, std::string> const not_happened{{"runs", "running"}, {"waits", "ready"}};
    std::map<std::string, std::string> const happened{{"runs", "scheduled"}, {"waits", "ready"}};
    for (auto size = before; size <= whole.size() && !HasFailure(); ++size) {
        SCOPED_TRACE(std::to_string(size - before) + " of " + std::to_string(whole.size() - before) +
                     " bytes are left");
        EXPECT_EQ(restart_with(std::string_view(whole).substr(0, size)), size < whole.size() ? not_happened : happened);
    }
    std::cout << "restarted with " << whole.size() - before + 1 << " torn files\n";
}

}  // namespace
}  // namespace leat
