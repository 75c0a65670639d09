// `leat worker --metrics`: who may read a worker's own metrics.
#include <csignal>
#include <filesystem>
#include <fstream>

#include "cli_fixture.hpp"
#include "http/http_fixture.hpp"

namespace leat::cli::testing {
namespace {

using http::testing::TestClient;
using ::testing::HasSubstr;

constexpr auto kToken = "worker-0123456789abcdef";

class WorkerMetricsCli : public CliFixture {
  protected:
    WorkerMetricsCli() {
        auto pattern = (std::filesystem::temp_directory_path() / "leat-metrics-XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
        token_file_ = (folder_ / "token").string();
        std::ofstream(token_file_) << kToken << "\n";
    }
    ~WorkerMetricsCli() override { std::filesystem::remove_all(folder_); }

    static std::uint16_t free_port() {
        boost::asio::io_context context;
        return boost::asio::ip::tcp::acceptor(context, {boost::asio::ip::address_v4::loopback(), 0})
            .local_endpoint()
            .port();
    }
    Arguments worker(std::string const& address) const {
        return {"worker", "--agent", "sentiment", "--exec", "cat", "--metrics", address};
    }

    std::filesystem::path folder_;
    std::string token_file_;
};

TEST_F(WorkerMetricsCli, AnAddressThatOthersReachNeedsAToken) {
    expect_failure(worker("0.0.0.0:0"), ExitCode::usage, "set worker.metrics_token_file");
}

TEST_F(WorkerMetricsCli, AreReadWithTheTokenOfTheFile) {
    auto const port = free_port();
    auto arguments = worker("0.0.0.0:" + std::to_string(port));
    arguments.insert(arguments.end(), {"--metrics-token-file", token_file_});
    RunningLeat running(arguments, {{"LEAT_REDIS", server.url()}});
    ASSERT_TRUE(client.until([&] { return ask({"ZCARD", space.workers()}) == "1"; }));
    TestClient stranger(port);
    EXPECT_EQ(stranger.request("GET", "/metrics").status, 401U);
    TestClient scraper(port);
    auto const reply = scraper.request("GET", "/metrics", {}, {{"Authorization", std::string("Bearer ") + kToken}});
    EXPECT_EQ(reply.status, 200U);
    EXPECT_THAT(reply.body, HasSubstr("leat_worker_redis_connected 1\n"));
    running.signal(SIGTERM);
    EXPECT_EQ(running.wait(), 0);
}

}  // namespace
}  // namespace leat::cli::testing
