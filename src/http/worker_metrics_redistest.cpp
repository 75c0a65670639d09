// A worker's own metrics, on a real socket.
#include "http/http_fixture.hpp"
#include "http/worker_metrics.hpp"

namespace leat::http {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr auto kToken = "worker-0123456789abcdef";

class WorkerMetricsTest : public ::testing::Test {
  protected:
    WorkerMetricsTest() { counts_.count({.kind = EventKind::task_succeeded, .agent = "mail"}); }
    std::unique_ptr<WorkerMetricsServer> start(std::string const& token, std::string const& address = "127.0.0.1:0") {
        auto started = WorkerMetricsServer::start(address, token, counts_);
        EXPECT_TRUE(started) << started.error().message();
        return started ? std::move(*started) : nullptr;
    }
    static testing::Reply get(WorkerMetricsServer const& metrics, std::string const& target,
                              testing::Fields fields = {}) {
        auto const url = metrics.url();
        auto const port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
        testing::TestClient client(port);
        return client.request("GET", target, {}, std::move(fields));
    }
    static testing::Fields bearer(std::string const& token) { return {{"Authorization", "Bearer " + token}}; }

    EventCounts counts_;
};

TEST_F(WorkerMetricsTest, AreReadOnThisMachineWithoutAToken) {
    auto const metrics = start("");
    auto const reply = get(*metrics, "/metrics");
    EXPECT_EQ(reply.status, 200U);
    EXPECT_THAT(reply.body, AllOf(HasSubstr("leat_worker_events_total{agent=\"mail\",event=\"task_succeeded\"} 1\n"),
                                  HasSubstr("leat_worker_resident_bytes ")));
    EXPECT_EQ(get(*metrics, "/healthz").status, 200U);
    EXPECT_EQ(get(*metrics, "/v1/overview").status, 404U);
    EXPECT_EQ(get(*metrics, "/metrics", {{"Host", "evil.example"}}).status, 421U);
}

TEST_F(WorkerMetricsTest, AnAddressThatOthersReachNeedsAToken) {
    auto const refused = WorkerMetricsServer::start("0.0.0.0:0", "", counts_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_input);
    EXPECT_THAT(refused.error().detail, HasSubstr("worker.metrics_token_file"));
    EXPECT_TRUE(start(kToken, "0.0.0.0:0"));
    auto const short_token = WorkerMetricsServer::start("127.0.0.1:0", "short", counts_);
    EXPECT_FALSE(short_token);
}

TEST_F(WorkerMetricsTest, WithATokenNobodyReadsThemWithoutIt) {
    auto const metrics = start(kToken);
    auto const missing = get(*metrics, "/metrics");
    EXPECT_EQ(missing.status, 401U);
    EXPECT_EQ(missing.code(), "token_missing");
    EXPECT_THAT(missing.field("www-authenticate"), HasSubstr("Bearer"));
    EXPECT_EQ(get(*metrics, "/metrics", bearer("wrong-0123456789abcdef")).code(), "wrong_token");
    EXPECT_EQ(get(*metrics, "/metrics", bearer(kToken)).status, 200U);
    EXPECT_EQ(get(*metrics, "/healthz").status, 200U) << "whoever restarts it has no token";
}

}  // namespace
}  // namespace leat::http
