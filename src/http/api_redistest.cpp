// The REST API against a real server, on real sockets: what each call does.
#include "http/http_fixture.hpp"

namespace leat::http {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ApiTest : public testing::HttpFixture {
  protected:
    void SetUp() override { start_server(); }

    // As a handler would; "50% note" is progress.
    void say(std::string const& id, std::vector<std::string> const& lines) {
        for (auto const& line : lines) {
            auto const mark = line.find("% ");
            std::vector<std::string> command{"XADD", keys.log, "*", "task_id", id, "attempt", "1"};
            if (mark == std::string::npos) {
                command.insert(command.end(), {"log", line});
            } else {
                command.insert(command.end(), {"progress", line.substr(0, mark), "note", line.substr(mark + 2)});
            }
            ask(command);
        }
    }
    static std::vector<std::string> texts_of(json const& page) {
        std::vector<std::string> texts;
        for (auto const& line : page["lines"])
            texts.push_back(line["text"]);
        return texts;
    }
};

TEST_F(ApiTest, DispatchIsIdempotentById) {
    auto const body = R"({"agent":"sentiment","id":"order-17","payload":{"text":"good"},"priority":1})";
    auto const first = post("/v1/tasks", body);
    EXPECT_EQ(first.status, 201U) << first.body;
    EXPECT_EQ(first.field("location"), "/v1/tasks/sentiment/order-17");
    EXPECT_EQ(first.value(),
              json::parse(R"({"agent":"sentiment","id":"order-17","status":"created","state":"ready"})"));
    auto const second = post("/v1/tasks", body);
    EXPECT_EQ(second.status, 200U);
    EXPECT_EQ(second.value()["status"], "duplicate");
    EXPECT_EQ(length(keys.lane(Lane::high)), "1");

    auto const task = get("/v1/tasks/sentiment/order-17").value();
    EXPECT_EQ(task["state"], "ready");
    EXPECT_EQ(task["lane"], "high");
    EXPECT_EQ(task["payload"]["text"], "good");
}

TEST_F(ApiTest, TheTraceContextOfTheRequestIsTheTasks) {
    auto const reply = ask_http("POST", "/v1/tasks", R"({"agent":"sentiment","id":"t","payload":1})",
                                {{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}});
    ASSERT_EQ(reply.status, 201U);
    EXPECT_EQ(newest(keys.lane(Lane::normal)).at("traceparent"),
              "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
}

TEST_F(ApiTest, AMalformedTraceContextIsRefusedInTheBodyAndIgnoredInTheHeader) {
    auto const refused = post("/v1/tasks", R"({"agent":"sentiment","id":"t","payload":1,"traceparent":"00-1-2-03"})");
    EXPECT_EQ(refused.status, 400U);
    EXPECT_EQ(refused.code(), "invalid_input");
    EXPECT_THAT(refused.body, HasSubstr("leave it out"));
    EXPECT_EQ(length(keys.lane(Lane::normal)), "0");
    auto const reply =
        ask_http("POST", "/v1/tasks", R"({"agent":"sentiment","id":"t","payload":1})", {{"traceparent", "nonsense"}});
    ASSERT_EQ(reply.status, 201U);
    EXPECT_FALSE(newest(keys.lane(Lane::normal)).contains("traceparent"));
    auto const twice = std::string("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ntraceparent: ") +
                       "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    ASSERT_EQ(ask_http("POST", "/v1/tasks/batch", R"({"tasks":[{"agent":"sentiment","id":"u","payload":1}]})",
                       {{"traceparent", twice}})
                  .status,
              200U);
    EXPECT_FALSE(newest(keys.lane(Lane::normal)).contains("traceparent"));
    EXPECT_THAT(get("/metrics").body, HasSubstr("leat_http_traceparents_ignored_total 2\n"));
}

TEST_F(ApiTest, BatchesTellOfEachTask) {
    add({.id = "old", .payload = "1"});
    auto const reply = post("/v1/tasks/batch", R"({"tasks":[
        {"agent":"sentiment","id":"a","payload":1},{"agent":"other","payload":2},
        {"agent":"sentiment","id":"old","payload":3},{"agent":"sentiment","id":"b","payload":1,"delay_ms":60000},
        {"agent":"sentiment","id":"not an id","payload":1}]})");
    ASSERT_EQ(reply.status, 200U) << reply.body;
    auto const value = reply.value();
    EXPECT_EQ(value["counts"], json::parse(R"({"created":3,"duplicate":1,"full":0,"failed":1})"));
    EXPECT_EQ(value["receipts"][0]["id"], "a");
    EXPECT_EQ(value["receipts"][1]["agent"], "other");
    EXPECT_EQ(value["receipts"][2]["status"], "duplicate");
    EXPECT_EQ(value["receipts"][3]["state"], "scheduled");
    EXPECT_EQ(value["receipts"][4]["error"]["code"], "invalid_input");
}

TEST_F(ApiTest, LongPollAnswersWithTheOutcome) {
    auto const delivery = start("w1", {.id = "t", .payload = "{}"});
    testing::TestClient waiting(http->port());
    ASSERT_TRUE(waiting.send("GET /v1/tasks/sentiment/t?wait=60s HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    // Settled only once the server waits: its subscription says so.
    ASSERT_TRUE(client.until([&] {
        return ask({"PUBSUB", "NUMSUB", keys.done_channel}) == keys.done_channel + "\n1";
    }));
    ASSERT_TRUE(settle("w1", verdict(delivery, store::SettleVerdict::success, R"({"label":"good"})")));
    auto const task = waiting.read().value();
    EXPECT_EQ(task["state"], "succeeded");
    EXPECT_EQ(task["outcome"]["result"]["label"], "good");
}

TEST_F(ApiTest, LongPollEndsInTime) {
    add({.id = "t", .payload = "{}"});
    auto const task = get("/v1/tasks/sentiment/t?wait=10ms");
    EXPECT_EQ(task.status, 200U);
    EXPECT_EQ(task.value()["state"], "ready");
}

TEST_F(ApiTest, ListsArePagedAndFiltered) {
    for (int i = 0; i < 5; ++i)
        add({.id = "t" + std::to_string(i), .payload = "{}"});
    auto const first = get("/v1/tasks?agent=sentiment&limit=3").value();
    EXPECT_EQ(first["tasks"].size(), 3U);
    auto const second = get("/v1/tasks?agent=sentiment&limit=3&cursor=" + first["cursor"].get<std::string>()).value();
    EXPECT_EQ(second["tasks"].size(), 2U);
    EXPECT_TRUE(second["cursor"].is_null());
    EXPECT_EQ(get("/v1/tasks?agent=sentiment&older_than=1h").value()["tasks"].size(), 0U);
    EXPECT_EQ(get("/v1/tasks?agent=sentiment&newer_than=1h").value()["tasks"].size(), 5U);
    auto const one = get("/v1/tasks?agent=sentiment&id=t3").value();
    EXPECT_EQ(one["tasks"].size(), 1U);
    EXPECT_EQ(one["tasks"][0]["state"], "ready");
    EXPECT_EQ(get("/v1/tasks?agent=sentiment&id=nope").value()["tasks"].size(), 0U);
    EXPECT_EQ(get("/v1/tasks?agent=sentiment&cursor=nonsense").status, 400U);
}

TEST_F(ApiTest, ListsOfAllAgentsArePagedThrough) {
    for (auto const* const agent : {"other", "sentiment", "third"})
        for (int i = 0; i < 2; ++i)
            ASSERT_EQ(post("/v1/tasks", json{{"agent", agent}, {"payload", i}}.dump()).status, 201U);
    std::vector<std::string> seen;
    std::string cursor;
    do {
        auto const page = get("/v1/tasks?limit=1&cursor=" + cursor).value();
        for (auto const& row : page["tasks"])
            seen.push_back(row["agent"]);
        cursor = page["cursor"].is_null() ? "" : page["cursor"].get<std::string>();
    } while (!cursor.empty() && seen.size() < 10);
    EXPECT_THAT(seen, ElementsAre("other", "other", "sentiment", "sentiment", "third", "third"));
}

TEST_F(ApiTest, TheTimeOfATaskIsThatOfRedis) {
    add({.id = "t", .payload = "{}"});
    auto const before = server_ms();
    auto const now = get("/v1/tasks/sentiment/t").value()["now"].get<std::int64_t>();
    EXPECT_GE(now, before);
    EXPECT_LE(now, before + 60'000);
}

TEST_F(ApiTest, AReplayIsStopped) {
    for (int i = 0; i < 20; ++i)
        dead("s" + std::to_string(i));
    auto const started = post("/v1/agents/sentiment/dead/replay", R"({"all":true,"rate":0.01})");
    ASSERT_EQ(started.status, 202U) << started.body;
    auto const place = started.field("location");
    auto const stopped = post(place + "/stop");
    EXPECT_EQ(stopped.status, 200U);
    EXPECT_EQ(stopped.value()["state"], "stopped");
    EXPECT_TRUE(stopped.value()["ended_at"].is_number());
    EXPECT_EQ(get(place).value()["state"], "stopped");
    EXPECT_EQ(post(place + "/stop").value()["ended_at"], stopped.value()["ended_at"]) << "it has ended already";
    EXPECT_EQ(post("/v1/replays/nope/stop").status, 404U);
    auto const id = started.value()["id"].get<std::string>();
    EXPECT_THAT(audited(), Contains("stopReplay operator  " + id + "  200"));
}

TEST_F(ApiTest, EveryActionIsAudited) {
    EXPECT_EQ(post("/v1/tasks", R"({"agent":"sentiment","payload":1})").status, 201U);
    EXPECT_EQ(post("/v1/tasks", R"({"agent":"sentiment"})").status, 400U);
    EXPECT_EQ(ask_http("POST", "/v1/tasks", "{}", {{"Content-Type", "text/plain"}}).status, 415U);
    EXPECT_EQ(ask_http("POST", "/v1/agents/sentiment/dead/purge", std::string(70'000, ' ')).status, 413U);
    EXPECT_EQ(ask_http("POST", "/v1/tasks", "{}", {{"X-Leat-Request", testing::TestClient::kAbsent}}).status, 403U);
    EXPECT_EQ(get("/v1/overview?x=1").status, 400U);
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(post("/v1/tasks", R"({"agent":"sentiment","payload":1})").status, 201U);
    auto const before_the_end = audited();
    EXPECT_THAT(before_the_end, ElementsAre("dispatchTask operator    201", "dispatchTask operator    400",
                                            "dispatchTask operator    415", "purgeDead operator sentiment   413",
                                            HasSubstr("dispatchTask")));
    http.reset();
    EXPECT_EQ(audited().size(), before_the_end.size() + 1) << "the five that followed the first are told together";
}

TEST_F(ApiTest, RequestsAreTimed) {
    ASSERT_EQ(get("/v1/overview").status, 200U);
    ASSERT_EQ(get("/v1/overview").status, 200U);
    auto const metrics = get("/metrics").body;
    EXPECT_THAT(metrics, HasSubstr("leat_http_request_seconds_count{operation=\"getOverview\"} 2\n"));
}

// Concurrent requests share calls, and each gets its own answer.
TEST_F(ApiTest, DispatchesOfManyConnectionsShareCalls) {
    constexpr int kConnections = 40;
    std::vector<std::unique_ptr<testing::TestClient>> clients;
    for (int i = 0; i < kConnections; ++i)
        clients.push_back(std::make_unique<testing::TestClient>(http->port()));
    ask({"CONFIG", "RESETSTAT"});
    for (int i = 0; i < kConnections; ++i) {
        auto const body = R"({"agent":"sentiment","id":"c)" + std::to_string(i) + R"(","payload":{"z":1.0,"a":2}})";
        ASSERT_TRUE(clients[static_cast<std::size_t>(i)]->send(
            "POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nX-Leat-Request: 1\r\nContent-Type: application/json\r\n"
            "Content-Length: " +
            std::to_string(body.size()) + "\r\n\r\n" + body));
    }
    for (int i = 0; i < kConnections; ++i) {
        auto const reply = clients[static_cast<std::size_t>(i)]->read();
        EXPECT_EQ(reply.status, 201U) << reply.body;
        EXPECT_EQ(reply.value()["id"], "c" + std::to_string(i));
    }
    EXPECT_EQ(get("/v1/agents/sentiment").value()["ready"], kConnections);
    EXPECT_THAT(ask({"XRANGE", keys.ready[2], "-", "+", "COUNT", "1"}), HasSubstr(R"({"z":1.0,"a":2})"));
}

TEST_F(ApiTest, TasksAreCancelledMovedAndRetried) {
    add({.id = "t", .payload = "{}"});
    EXPECT_EQ(post("/v1/tasks/sentiment/t/move", R"({"priority":2})").value()["lane"], "critical");
    EXPECT_EQ(post("/v1/tasks/sentiment/t/retry").status, 409U);
    EXPECT_EQ(post("/v1/tasks/sentiment/t/cancel").value()["status"], "cancelled");
    EXPECT_EQ(post("/v1/tasks/sentiment/t/cancel").value()["status"], "terminal");
    EXPECT_EQ(post("/v1/tasks/sentiment/t/move", R"({"priority":2})").status, 409U);
    dead("d");
    EXPECT_EQ(post("/v1/tasks/sentiment/d/retry").value()["status"], "replayed");
    EXPECT_EQ(post("/v1/tasks/sentiment/nope/cancel").status, 404U);
    EXPECT_THAT(audited(), AllOf(Contains("moveTask operator sentiment t {\"priority\":2} 200"),
                                 Contains("cancelTask operator sentiment nope  404")));
}

TEST_F(ApiTest, AgentsAreShownPausedAndResumed) {
    add({.id = "t", .payload = "{}"});
    auto const agent = get("/v1/agents/sentiment").value();
    EXPECT_EQ(agent["ready"], 1);
    EXPECT_EQ(agent["lanes"]["normal"]["ready"], 1);
    EXPECT_EQ(agent["totals"]["dispatched"], 1);
    EXPECT_EQ(get("/v1/agents").value()["agents"].size(), 1U);
    EXPECT_EQ(get("/v1/agents/nobody").status, 404U);
    EXPECT_EQ(post("/v1/agents/sentiment/pause").value()["paused"], true);
    EXPECT_EQ(get("/v1/agents/sentiment").value()["condition"], "paused");
    EXPECT_EQ(post("/v1/agents/sentiment/resume").value()["paused"], false);
    EXPECT_EQ(get("/v1/agents/sentiment").value()["paused"], false);
    EXPECT_THAT(audited(), ElementsAre("pauseAgent operator sentiment   200", "resumeAgent operator sentiment   200"));
}

TEST_F(ApiTest, ResultsAndStatisticsAreShown) {
    finished("t", store::SettleVerdict::success, R"({"a":1})");
    auto const results = get("/v1/agents/sentiment/results").value();
    EXPECT_EQ(results["results"][0]["result"]["a"], 1);
    auto const stats = get("/v1/agents/sentiment/stats?minutes=5&step=5").value();
    EXPECT_EQ(stats["points"].size(), 1U);
    EXPECT_EQ(get("/v1/stats").value()["points"].size(), 60U);
    EXPECT_EQ(get("/v1/redis").value()["kind"], "redis");
    EXPECT_EQ(get("/v1/workers").value()["workers"].size(), 0U);
    auto const doctor = get("/v1/doctor").value();
    EXPECT_EQ(doctor["checks"][0]["check"], "version");
    EXPECT_EQ(doctor["checks"][0]["status"], "ok");
}

TEST_F(ApiTest, PendingTellsWhoHoldsWhat) {
    (void)start("w1", {.id = "t", .payload = "{}"});
    for (auto const* const target : {"/v1/pending", "/v1/pending?agent=sentiment"}) {
        auto const pending = get(target).value();
        EXPECT_EQ(pending["agents"][0]["workers"][0]["worker"], "w1") << target;
    }
}

TEST_F(ApiTest, DeadLettersAreGroupedAndReplayed) {
    dead("a", "code 500");
    dead("b", "code 404");
    dead("c", "other");
    auto const groups = get("/v1/agents/sentiment/dead/groups").value();
    EXPECT_EQ(groups["groups"][0]["pattern"], "code #");
    EXPECT_EQ(groups["groups"][0]["count"], 2);
    EXPECT_TRUE(groups["all"]);

    auto const letters = get("/v1/agents/sentiment/dead").value()["letters"];
    ASSERT_EQ(letters.size(), 3U);
    auto const letter = letters[0]["letter"].get<std::string>();
    EXPECT_EQ(get("/v1/agents/sentiment/dead/" + letter).value()["id"], "c");
    auto const replayed =
        post("/v1/agents/sentiment/dead/" + letter + "/replay", R"({"payload":{"text":"edited"}})").value();
    EXPECT_EQ(replayed["status"], "replayed");
    EXPECT_EQ(replayed["edited"], true);
    EXPECT_EQ(get("/v1/tasks/sentiment/c").value()["payload"]["text"], "edited");
    EXPECT_EQ(post("/v1/agents/sentiment/dead/" + letter + "/replay").status, 200U) << "sending it again is safe";
    EXPECT_EQ(post("/v1/tasks/sentiment/c/cancel").status, 200U);
    EXPECT_EQ(post("/v1/agents/sentiment/dead/" + letter + "/replay").code(), "not_dead");

    auto const some = post("/v1/agents/sentiment/dead/replay", R"({"letters":["a","9-9"]})").value();
    EXPECT_EQ(some["letters"][0]["status"], "replayed");
    EXPECT_EQ(some["letters"][1]["status"], "missing");
    EXPECT_EQ(post("/v1/agents/sentiment/dead/purge", R"({"older_than":"1d"})").value()["purged"], 0);
    EXPECT_EQ(post("/v1/agents/sentiment/dead/purge", R"({"all":true})").value()["purged"], 3);
}

TEST_F(ApiTest, AllLettersAreReplayedInTheBackground) {
    dead("a", "code 500");
    dead("b", "other");
    auto const started = post("/v1/agents/sentiment/dead/replay", R"({"all":true,"error_contains":"code"})");
    ASSERT_EQ(started.status, 202U) << started.body;
    auto replay = started.value();
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (replay["state"] == "running" && std::chrono::steady_clock::now() < deadline)
        replay = get(started.field("location")).value();
    EXPECT_EQ(replay["state"], "finished");
    EXPECT_EQ(replay["matched"], 1);
    EXPECT_EQ(replay["replayed"], 1);
    EXPECT_EQ(get("/v1/tasks/sentiment/a").value()["state"], "ready");
    EXPECT_EQ(get("/v1/tasks/sentiment/b").value()["state"], "dead");
    EXPECT_EQ(get("/v1/replays").value()["replays"].size(), 1U);

    EXPECT_EQ(fetch("w2").size(), 1U);
    dead("c", "code 404");
    auto const group =
        post("/v1/agents/sentiment/dead/replay", R"({"all":true,"reason":"failed","pattern":"code #","dry_run":true})");
    ASSERT_EQ(group.status, 202U);
    do {
        replay = get(group.field("location")).value();
    } while (replay["state"] == "running" && std::chrono::steady_clock::now() < deadline);
    EXPECT_EQ(replay["matched"], 1);
    EXPECT_EQ(replay["replayed"], 0);
}

TEST_F(ApiTest, SecretsAreHiddenUnlessAnOperatorAsks) {
    dead("s", "boom", R"({"api_key":"hunter2","text":"x"})");
    for (auto const* const target :
         {"/v1/tasks/sentiment/s", "/v1/agents/sentiment/dead", "/v1/agents/sentiment/dead/s",
          "/v1/tasks?agent=sentiment&state=dead", "/v1/tasks/sentiment/s?wait=1s"}) {
        auto const reply = get(target);
        EXPECT_EQ(reply.status, 200U);
        EXPECT_THAT(reply.body, Not(HasSubstr("hunter2"))) << target;
        EXPECT_THAT(reply.body, HasSubstr("[redacted]")) << target;
    }
    EXPECT_THAT(get("/v1/agents/sentiment/dead/s?reveal=true").body, HasSubstr("hunter2"));
    EXPECT_THAT(audited(), Contains("getDead operator sentiment s  200"));
    auto const copied = post("/v1/agents/sentiment/dead/s/replay", R"({"payload":{"api_key":"[redacted]"}})");
    EXPECT_EQ(copied.status, 400U);
    EXPECT_EQ(copied.code(), "redacted_payload");
}

TEST_F(ApiTest, TheOverviewIsStreamed) {
    add({.id = "t", .payload = "{}"});
    testing::TestClient viewer(http->port());
    auto const head = viewer.request("GET", "/v1/events");
    EXPECT_EQ(head.status, 200U);
    EXPECT_EQ(head.field("content-type"), "text/event-stream");
    for (int i = 0; i < 3; ++i) {
        auto const event = viewer.event();
        EXPECT_THAT(event, HasSubstr("event: overview\n"));
        auto const data = json::parse(event.substr(event.find("data: ") + 6));
        EXPECT_EQ(data["ready"], 1);
        EXPECT_EQ(data["agents"][0]["agent"], "sentiment");
    }
}

TEST_F(ApiTest, OneTaskIsFollowedToItsEnd) {
    add({.id = "t", .payload = "{}"});
    testing::TestClient viewer(http->port());
    ASSERT_EQ(viewer.request("GET", "/v1/tasks/sentiment/t/events").status, 200U);
    EXPECT_THAT(viewer.event(), AllOf(HasSubstr("event: state\n"), HasSubstr("\"state\":\"ready\"")));
    auto const delivery = fetch("w1").at(0);
    EXPECT_THAT(viewer.event(), HasSubstr("\"state\":\"running\""));
    ASSERT_TRUE(settle("w1", verdict(delivery, store::SettleVerdict::success, "7")));
    EXPECT_THAT(viewer.event(), AllOf(HasSubstr("event: end\n"), HasSubstr("\"result\":7")));
    EXPECT_TRUE(viewer.closed());
    EXPECT_EQ(get("/v1/tasks/sentiment/nope/events").status, 404U);
}

TEST_F(ApiTest, ALogIsReadPageByPage) {
    ask({"XADD", keys.log, "1-1", "task_id", "t", "attempt", "1", "log", "of an earlier task with this id"});
    add({.id = "t", .payload = "{}"});
    say("t", {"one", "two"});
    say("other", {"theirs"});
    say("t", {"\x1b[2Jthree", "50% half"});
    auto const page = get("/v1/tasks/sentiment/t/log?limit=3").value();
    EXPECT_EQ(texts_of(page), (std::vector<std::string>{"one", "two", "\x1b[2Jthree"}));
    EXPECT_EQ(page["lines"][0]["attempt"], 1);
    EXPECT_EQ(page["lines"][0]["percent"], nullptr);
    EXPECT_GE(page["lines"][0]["at"].get<std::int64_t>(), 1'600'000'000'000);
    auto const rest = get("/v1/tasks/sentiment/t/log?cursor=" + page["cursor"].get<std::string>()).value();
    EXPECT_EQ(texts_of(rest), std::vector<std::string>{"half"});
    EXPECT_EQ(rest["lines"][0]["percent"], 50);
    EXPECT_EQ(rest["cursor"], nullptr);
    say("t", {"later"});
    auto const later = get("/v1/tasks/sentiment/t/log?cursor=" + rest["after"].get<std::string>()).value();
    EXPECT_EQ(texts_of(later), std::vector<std::string>{"later"});
    EXPECT_EQ(get("/v1/tasks/sentiment/t/log?cursor=x").status, 400U);
    EXPECT_EQ(get("/v1/tasks/sentiment/nope/log").status, 404U);
}

TEST_F(ApiTest, SecretsInLinesAreHiddenUnlessAnOperatorAsks) {
    add({.id = "t", .payload = "{}"});
    say("t", {R"(sent {"api_key":"hunter2"})", "plain"});
    auto const reply = get("/v1/tasks/sentiment/t/log");
    EXPECT_EQ(texts_of(reply.value()), (std::vector<std::string>{"[redacted]", "plain"}));
    EXPECT_THAT(get("/v1/tasks/sentiment/t/log?reveal=true").body, HasSubstr("hunter2"));
    EXPECT_THAT(audited(), Contains("getTaskLog operator sentiment t  200"));
    testing::TestClient viewer(http->port());
    ASSERT_EQ(viewer.request("GET", "/v1/tasks/sentiment/t/events").status, 200U);
    EXPECT_THAT(viewer.event(), AllOf(HasSubstr("event: log\n"), HasSubstr("[redacted]"), Not(HasSubstr("hunter2"))));
}

TEST_F(ApiTest, WhatAHandlerSaysIsFollowed) {
    add({.id = "t", .payload = "{}"});
    say("t", {"before anybody looked"});
    testing::TestClient viewer(http->port());
    ASSERT_EQ(viewer.request("GET", "/v1/tasks/sentiment/t/events").status, 200U);
    auto const first = viewer.event();
    EXPECT_THAT(first, AllOf(HasSubstr("event: log\n"), HasSubstr("id: "), HasSubstr("before anybody looked")));
    EXPECT_THAT(viewer.event(), HasSubstr("event: state\n"));
    auto const delivery = fetch("w1").at(0);
    EXPECT_THAT(viewer.event(), HasSubstr("\"state\":\"running\""));
    say("t", {"a line"});
    EXPECT_THAT(viewer.event(), AllOf(HasSubstr("event: log\n"), HasSubstr("\"text\":\"a line\"")));
    say("t", {"25% a quarter"});
    EXPECT_THAT(viewer.event(), AllOf(HasSubstr("event: progress\n"), HasSubstr("\"percent\":25")));
    say("t", {"last words"});
    ASSERT_TRUE(settle("w1", verdict(delivery, store::SettleVerdict::success, "7")));
    EXPECT_THAT(viewer.event(), HasSubstr("last words"));
    EXPECT_THAT(viewer.event(), HasSubstr("event: end\n"));
    EXPECT_TRUE(viewer.closed());
}

TEST_F(ApiTest, MetricsCountAgentsNotTasks) {
    for (int i = 0; i < 20; ++i)
        add({.id = "t" + std::to_string(i), .payload = "{}"});
    auto metrics = get("/metrics");
    while (!HasFailure() && metrics.body.find("lane=\"normal\"} 20\n") == std::string::npos) {  // an overview is shared
        EXPECT_EQ(metrics.status, 200U);
        metrics = get("/metrics");
    }
    EXPECT_THAT(metrics.field("content-type"), HasSubstr("version=0.0.4"));
    EXPECT_THAT(metrics.body, AllOf(HasSubstr("leat_redis_up 1\n"),
                                    HasSubstr("leat_tasks_ready{agent=\"sentiment\",lane=\"normal\"} 20\n"),
                                    HasSubstr("leat_tasks_dispatched_total{agent=\"sentiment\"} 20\n")));
}

TEST_F(ApiTest, TheServerStopsWhileOthersWait) {
    add({.id = "t", .payload = "{}"});
    testing::TestClient poll(http->port());
    testing::TestClient stream(http->port());
    testing::TestClient idle(http->port());
    ASSERT_TRUE(poll.send("GET /v1/tasks/sentiment/t?wait=60s HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    ASSERT_EQ(stream.request("GET", "/v1/events").status, 200U);
    ASSERT_EQ(idle.request("GET", "/healthz").status, 200U);
    ASSERT_TRUE(client.until([&] {
        return ask({"PUBSUB", "NUMSUB", keys.done_channel}) == keys.done_channel + "\n1";
    }));
    auto const before = std::chrono::steady_clock::now();
    http.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(30));
    EXPECT_TRUE(poll.closed());
    EXPECT_TRUE(stream.closed());
    EXPECT_TRUE(idle.closed());
}

TEST_F(ApiTest, RedisAwayIsToldAndSurvived) {
    server.kill();
    EXPECT_EQ(get("/healthz").status, 200U);
    auto const noticed = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (get("/readyz").status != 503U && std::chrono::steady_clock::now() < noticed) {
    }
    auto const refused = post("/v1/tasks", R"({"agent":"sentiment","payload":1})");
    EXPECT_TRUE(refused.status == 503U || refused.status == 504U) << refused.body;
    EXPECT_THAT(get("/metrics").body, HasSubstr("leat_redis_up 0\n"));
    server.start();
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (get("/readyz").status != 200U && std::chrono::steady_clock::now() < deadline) {
    }
    testing::Reply reply;
    do {
        reply =
            post("/v1/tasks", R"({"agent":"sentiment","id":"after","payload":1})");  // its client connects by itself
    } while (reply.status == 503U && std::chrono::steady_clock::now() < deadline);
    EXPECT_EQ(reply.status, 201U) << reply.body;
}

}  // namespace
}  // namespace leat::http
