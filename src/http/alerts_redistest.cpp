// Alerts against a real Redis and a real webhook: who is told what, and how often.
#include <condition_variable>
#include <cstdlib>

#include "http/alert_message.hpp"
#include "http/http_fixture.hpp"
#include "store/alert_turns.hpp"
#include "store/store_worker.hpp"
#include "support/http_receiver.hpp"

namespace leat::http {
namespace {

using namespace std::chrono_literals;
using leat::testing::HttpReceiver;
using leat::testing::ReceivedRequest;
using leat::testing::ReceiverAnswer;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Requests = std::vector<ReceivedRequest>;

class AlertsHttpTest : public testing::HttpFixture {
  protected:
    void SetUp() override {
        ::setenv("no_proxy", "127.0.0.1", 1);
        auto& alerts = options.api.alerts;
        alerts.rules.hold = 0ms;
        alerts.every = 20ms;
        alerts.webhook.again = 20ms;
        alerts.webhook.backoff = {.base = 1ms, .cap = 5ms};
        options.api.on_alert = [this](AlertRecord const& record) {
            {
                std::lock_guard const lock(mutex_);
                log_.push_back(std::string(record.event) + " " + std::string(to_string(record.alert.kind)) + " " +
                               record.alert.agent);
            }
            logged_.notify_all();
        };
    }
    void TearDown() override { http.reset(); }  // it writes into the log
    void use(HttpReceiver const& receiver) { options.api.alerts.webhook.url = receiver.url("/hook"); }
    // "firing no_worker sentiment", for each post in the order of arrival.
    static std::vector<std::string> posts(Requests const& received) {
        std::vector<std::string> all;
        for (auto const& request : received) {
            auto const body = json::parse(request.body);
            all.push_back(body["event"].get<std::string>() + " " + body["alert"].get<std::string>() + " " +
                          (body["agent"].is_null() ? "" : body["agent"].get<std::string>()));
        }
        return all;
    }
    // Waits for a line of the log.
    bool until_logged(std::string const& line, std::size_t times = 1) {
        std::unique_lock lock(mutex_);
        return logged_.wait_for(lock, testing::TestClient::kPatience,
                                [&] { return std::ranges::count(log_, line) >= static_cast<std::ptrdiff_t>(times); });
    }
    // A live worker, so that nobody need be told that there is none.
    void serve() {
        store::WorkerBeat beat;
        beat.consumer = "w1";
        beat.agents = {{.agent = "sentiment", .slots = 1}};
        ASSERT_TRUE(wait(store::beat(client.connection(), space, beat, 1h)));
    }
    std::vector<std::string> told() {
        std::vector<std::string> names;
        auto const listed = wait(store::AlertTurns(client.connection(), space).list());
        for (auto const& alert : listed.value())
            names.push_back(alert.kind);
        return names;
    }

  private:
    std::mutex mutex_;
    std::condition_variable logged_;
    std::vector<std::string> log_;  // guarded by mutex_
};

TEST_F(AlertsHttpTest, AreWatchedThoughNobodyLooksAndShownToWhoDoes) {
    add({.id = "t", .payload = "1"});
    start_server();
    EXPECT_TRUE(until_logged("firing no_worker sentiment"));
    auto const alerts = get("/v1/alerts").value();
    ASSERT_EQ(alerts["alerts"].size(), 1U) << alerts;
    EXPECT_EQ(alerts["alerts"][0]["text"], "No live worker serves sentiment: 1 task cannot go on.");
    EXPECT_EQ(alerts["alerts"][0]["state"], "firing");
    EXPECT_EQ(alerts["webhook"]["configured"], false);
    EXPECT_EQ(get("/v1/overview").value()["alerts"], alerts["alerts"]);
    EXPECT_THAT(get("/metrics").body,
                HasSubstr(R"(leat_alerts_firing{alert="no_worker",agent="sentiment",severity="critical"} 1)"));
    testing::TestClient stream(http->port());
    ASSERT_TRUE(stream.send("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    EXPECT_EQ(stream.read().status, 200U);
    EXPECT_THAT(stream.event(), HasSubstr("\"alert\":\"no_worker\""));
    serve();
    EXPECT_TRUE(until_logged("resolved no_worker sentiment"));
    auto const after = get("/v1/alerts").value();
    EXPECT_TRUE(after["alerts"].empty());
    EXPECT_EQ(after["resolved"][0]["alert"], "no_worker");
}

TEST_F(AlertsHttpTest, TheWebhookIsToldOnceWhenItFiresAndOnceWhenItIsOver) {
    HttpReceiver receiver;
    use(receiver);
    options.api.alerts.webhook.secret = "s3cret";
    add({.id = "t", .payload = "1"});
    start_server();
    ASSERT_TRUE(receiver.wait_for(1));
    EXPECT_TRUE(until_logged("posted no_worker sentiment"));
    auto const first = receiver.received().at(0);
    EXPECT_EQ(first.method, "POST");
    EXPECT_EQ(first.target, "/hook");
    EXPECT_EQ(first.headers.at("content-type"), "application/json");
    EXPECT_EQ(first.headers.at("x-leat-signature"), webhook_signature("s3cret", first.body));
    ASSERT_TRUE(client.until([&] { return told() == std::vector<std::string>{"no_worker"}; }));
    serve();
    ASSERT_TRUE(receiver.wait_for(2));
    EXPECT_TRUE(until_logged("posted no_worker sentiment", 2));
    ASSERT_TRUE(client.until([&] { return told().empty(); }));
    EXPECT_THAT(posts(receiver.received()), ElementsAre("firing no_worker sentiment", "resolved no_worker sentiment"));
    EXPECT_EQ(json::parse(receiver.received()[0].body)["id"], json::parse(receiver.received()[1].body)["id"]);
    EXPECT_THAT(get("/metrics").body, HasSubstr("leat_webhook_posts_total{outcome=\"sent\"} 2\n"));
}

TEST_F(AlertsHttpTest, AnAlertThatGoesOnIsToldAgain) {
    HttpReceiver receiver;
    use(receiver);
    options.api.alerts.webhook.repeat = 50ms;
    add({.id = "t", .payload = "1"});
    start_server();
    EXPECT_TRUE(receiver.wait_for(3));
    EXPECT_EQ(posts(receiver.received())[2], "firing no_worker sentiment");
}

TEST_F(AlertsHttpTest, AnAnswerOf500IsTriedAgain) {
    HttpReceiver receiver(
        [](auto const&, std::size_t number) { return ReceiverAnswer{.status = number == 0 ? 500U : 200U}; });
    use(receiver);
    add({.id = "t", .payload = "1"});
    start_server();
    EXPECT_TRUE(until_logged("posted no_worker sentiment"));
    ASSERT_EQ(receiver.received().size(), 2U);
    EXPECT_EQ(receiver.received()[0].body, receiver.received()[1].body);
}

// Nobody listens at first: the alert is told once somebody does, and the server waits for nobody meanwhile.
TEST_F(AlertsHttpTest, AReceiverThatIsDownIsToldLater) {
    auto receiver = std::make_unique<HttpReceiver>();
    auto const port = receiver->port();
    use(*receiver);
    receiver.reset();
    add({.id = "t", .payload = "1"});
    start_server();
    EXPECT_TRUE(until_logged("post_failed no_worker sentiment", 2));
    EXPECT_THAT(told(), IsEmpty());
    EXPECT_EQ(get("/v1/overview").status, 200U);
    receiver = std::make_unique<HttpReceiver>(HttpReceiver::Answerer{}, port);
    EXPECT_TRUE(until_logged("posted no_worker sentiment"));
    EXPECT_EQ(posts(receiver->received()).front(), "firing no_worker sentiment");
    http.reset();
}

TEST_F(AlertsHttpTest, ASlowReceiverHoldsUpNobody) {
    std::mutex mutex;
    std::condition_variable released;
    bool release = false;
    HttpReceiver receiver([&](auto const&, std::size_t) {
        std::unique_lock lock(mutex);
        released.wait_for(lock, testing::TestClient::kPatience, [&] { return release; });
        return ReceiverAnswer{};
    });
    use(receiver);
    add({.id = "t", .payload = "1"});
    start_server();
    ASSERT_TRUE(receiver.wait_for(1));
    EXPECT_EQ(get("/v1/overview").status, 200U);
    EXPECT_EQ(get("/v1/alerts").value()["webhook"]["sent"], 0);
    EXPECT_EQ(receiver.received().size(), 1U) << "one is under way: no second one";
    {
        std::lock_guard const lock(mutex);
        release = true;
    }
    released.notify_all();
    EXPECT_TRUE(until_logged("posted no_worker sentiment"));
}

TEST_F(AlertsHttpTest, SeveralServersTellOnce) {
    HttpReceiver receiver;
    use(receiver);
    add({.id = "t", .payload = "1"});
    start_server();
    auto second = Server::start(options);
    ASSERT_TRUE(second) << second.error().message();
    EXPECT_TRUE(until_logged("firing no_worker sentiment", 2)) << "both have seen it";
    EXPECT_TRUE(until_logged("posted no_worker sentiment"));
    serve();
    EXPECT_TRUE(until_logged("resolved no_worker sentiment", 2));
    EXPECT_TRUE(until_logged("posted no_worker sentiment", 2));
    // A further alert comes behind whatever else would have been told.
    ask({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
    EXPECT_TRUE(until_logged("firing eviction_possible ", 2));
    EXPECT_TRUE(until_logged("posted eviction_possible "));
    EXPECT_THAT(posts(receiver.received()),
                ElementsAre("firing no_worker sentiment", "resolved no_worker sentiment", "firing eviction_possible "));
}

TEST_F(AlertsHttpTest, AServerThatIsStartedAnewEndsWhatItToldBefore) {
    HttpReceiver receiver;
    use(receiver);
    add({.id = "t", .payload = "1"});
    start_server();
    ASSERT_TRUE(client.until([&] { return !told().empty(); }));
    http.reset();
    serve();
    start_server();
    ASSERT_TRUE(receiver.wait_for(2));
    EXPECT_THAT(posts(receiver.received()), ElementsAre("firing no_worker sentiment", "resolved no_worker sentiment"));
}

// Turns are in Redis: an alert about Redis itself needs none.
TEST_F(AlertsHttpTest, ThatRedisIsAwayIsToldWithoutIt) {
    HttpReceiver receiver;
    use(receiver);
    start_server();
    EXPECT_EQ(get("/v1/overview").status, 200U);
    server.kill();
    ASSERT_TRUE(receiver.wait_until(
        [&](Requests const& received) { return !received.empty() && posts(received).back() == "firing redis_down "; }));
    auto const alerts = get("/v1/alerts");
    EXPECT_EQ(alerts.status, 200U);
    EXPECT_EQ(alerts.value()["alerts"][0]["alert"], "redis_down");
    EXPECT_THAT(get("/metrics").body,
                AllOf(HasSubstr("leat_redis_up 0\n"), HasSubstr("leat_alerts_firing{alert=\"redis_down\",agent=\"\"")));
}

TEST_F(AlertsHttpTest, WithoutMemoryForATurnItIsToldAnyway) {
    HttpReceiver receiver;
    use(receiver);
    ask({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
    ask({"CONFIG", "SET", "maxmemory", "1"});
    start_server();
    ASSERT_TRUE(receiver.wait_for(1));
    EXPECT_EQ(posts(receiver.received())[0], "firing memory_high ");
    ask({"CONFIG", "SET", "maxmemory", "0"});
    ASSERT_TRUE(receiver.wait_until(
        [&](Requests const& received) { return posts(received).back() == "resolved memory_high "; }));
}

TEST_F(AlertsHttpTest, WhatIsTurnedOffIsSilent) {
    options.api.alerts.rules.enabled = false;
    add({.id = "t", .payload = "1"});
    start_server();
    EXPECT_TRUE(get("/v1/overview").value()["alerts"].empty());
    EXPECT_EQ(get("/v1/alerts").value()["enabled"], false);
}

TEST_F(AlertsHttpTest, AnAddressThatIsNoneIsRefused) {
    options.listen = "127.0.0.1:0";
    options.api.client.redis = server.url();
    options.api.alerts.webhook.url = "ftp://example.org/x";
    auto const started = Server::start(options);
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, ErrorCode::invalid_input);
}

}  // namespace
}  // namespace leat::http
