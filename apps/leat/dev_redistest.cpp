// `leat dev`: its private server, its worker and its front door.
#include <csignal>
#include <filesystem>

#include "cli_fixture.hpp"

namespace leat::cli::testing {
namespace {

class DevTest : public CliFixture {
  protected:
    // Runs it until this object ends, on the same data each time.
    class Dev {
      public:
        Dev(std::filesystem::path const& folder, Arguments more = {}) : program_(arguments(folder, std::move(more))) {
            url_ = json::parse(program_.read_line()).at("redis").get<std::string>();
        }
        [[nodiscard]] std::string const& url() const { return url_; }
        Outcome leat(Arguments const& arguments) const { return run_leat(arguments, {{"LEAT_REDIS", url_}}); }
        int stop() {
            program_.signal(SIGINT);
            return program_.wait();
        }

      private:
        static Arguments arguments(std::filesystem::path const& folder, Arguments more) {
            Arguments all{"dev", "--demo", "--json", "--listen", "127.0.0.1:0", "--data-dir", folder.string()};
            all.insert(all.end(), more.begin(), more.end());
            return all;
        }

        RunningLeat program_;
        std::string url_;
    };

    // Its worker serves from then on.
    static void expect_served(Dev const& dev, std::string const& id) {
        auto const done = dev.leat({"dispatch", "sentiment", R"({"text":"good value"})", "--id", id, "--wait=60s"});
        EXPECT_EQ(done.exit_code, 0) << done.err;
    }
    bool has_front_door(Dev const& dev) {
        ::leat::testing::RedisClient own(context, redis::parse_url(dev.url()).value());
        return own.exec(redis::Command("EXISTS").arg("tasks")) != own.exec(redis::Command("EXISTS").arg("nothing"));
    }

    std::filesystem::path const folder = server.folder() / "dev";
};

TEST_F(DevTest, KeepsItsDataOverARestart) {
    {
        Dev dev(folder);
        expect_served(dev, "done");
        EXPECT_EQ(dev.leat({"dispatch", "sentiment", "{}", "--id", "later", "--delay", "1h"}).exit_code, 0);
        EXPECT_EQ(dev.stop(), 0);
    }
    Dev const dev(folder);
    auto const done = json::parse(dev.leat({"task", "show", "sentiment", "done", "--json"}).out);
    EXPECT_EQ(done.at("state"), "succeeded");
    EXPECT_FALSE(done.at("outcome").at("result").is_null()) << done;
    auto const later = json::parse(dev.leat({"task", "show", "sentiment", "later", "--json"}).out);
    EXPECT_EQ(later.at("state"), "scheduled");
    expect_served(dev, "after");
}

TEST_F(DevTest, OpensTheFrontDoorUnlessItIsToldNotTo) {
    Dev const open(folder);
    EXPECT_TRUE(client.until([&] { return has_front_door(open); }));
    Dev const shut(server.folder() / "shut", {"--set", "front_door.enabled=false"});
    expect_served(shut, "a");
    EXPECT_FALSE(has_front_door(shut));
}

}  // namespace
}  // namespace leat::cli::testing
