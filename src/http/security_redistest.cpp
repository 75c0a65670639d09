// What must not work: foreign hosts and origins, wrong tokens, malformed, slow and oversized requests.
#include "http/http_fixture.hpp"
#include "leat/version.hpp"

namespace leat::http {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::HasSubstr;

class SecurityTest : public testing::HttpFixture {
  protected:
    using Reply = testing::Reply;
    using Fields = testing::Fields;

    // What the server says to these bytes on a connection of their own; 0: nothing.
    unsigned answer_to(std::string const& bytes) {
        testing::TestClient raw(http->port());
        (void)raw.send(bytes);
        return raw.read().status;
    }
    void with_tokens() {
        options.access.operator_token = kOperatorToken;
        options.access.viewer_token = kViewerToken;
    }
    Reply with_token(std::string const& verb, std::string const& target, std::string const& token) {
        return ask_http(verb, target, {}, {{"Authorization", "Bearer " + token}});
    }
};

TEST_F(SecurityTest, PagesOfOthersCannotReachIt) {
    start_server();
    EXPECT_EQ(ask_http("GET", "/v1/overview", {}, {{"Host", "evil.example"}}).code(), "wrong_host");
    EXPECT_EQ(ask_http("GET", "/", {}, {{"Host", "evil.example:7070"}}).status, 421U);
    EXPECT_EQ(ask_http("GET", "/v1/nope", {}, {{"Host", "evil.example"}}).status, 421U);
    auto const pause = "/v1/agents/sentiment/pause";
    EXPECT_EQ(ask_http("POST", pause, {}, {{"X-Leat-Request", testing::TestClient::kAbsent}}).code(), "header_missing");
    EXPECT_EQ(ask_http("POST", pause, {}, {{"Origin", "http://evil.example"}}).code(), "cross_origin");
    EXPECT_EQ(ask_http("POST", pause, {}, {{"Sec-Fetch-Site", "cross-site"}}).code(), "cross_origin");
    auto const form =
        ask_http("POST", "/v1/tasks", R"({"agent":"sentiment","payload":1})", {{"Content-Type", "text/plain"}});
    EXPECT_EQ(form.status, 415U);
    EXPECT_EQ(ask_http("OPTIONS", pause).status, 405U);
    EXPECT_EQ(get("/v1/overview").field("access-control-allow-origin"), "");
    EXPECT_EQ(ask({"HEXISTS", keys.control, "paused"}), "0");
    EXPECT_THAT(audited(), Contains("pauseAgent nobody sentiment   403"));
}

TEST_F(SecurityTest, RolesHoldOnRealRequests) {
    with_tokens();
    start_server();
    EXPECT_EQ(get("/v1/agents").status, 401U);
    EXPECT_EQ(get("/v1/agents").field("www-authenticate"), "Bearer realm=\"leat\"");
    EXPECT_EQ(get("/metrics").status, 401U);
    EXPECT_EQ(get("/v1/events").status, 401U);
    EXPECT_EQ(get("/").status, 200U);
    EXPECT_EQ(with_token("GET", "/v1/agents", kViewerToken).status, 200U);
    EXPECT_EQ(with_token("POST", "/v1/agents/sentiment/pause", kViewerToken).code(), "role_too_low");
    EXPECT_EQ(with_token("GET", "/v1/agents/sentiment/dead/x?reveal=true", kViewerToken).status, 403U);
    EXPECT_EQ(with_token("POST", "/v1/agents/sentiment/pause", kOperatorToken).status, 200U);
    EXPECT_EQ(with_token("GET", "/v1/agents", "wrong-0123456789abc").code(), "wrong_token");
}

TEST_F(SecurityTest, ABrowserTradesTheTokenForACookie) {
    with_tokens();
    start_server();
    EXPECT_EQ(get("/v1/session").value(),
              json::parse(R"({"role":null,"token_needed":true,"version":")" LEAT_VERSION "\"}"));
    EXPECT_EQ(post("/v1/session", R"({"token":"wrong-0123456789abc"})").status, 401U);
    auto const opened = post("/v1/session", json{{"token", kViewerToken}}.dump());
    ASSERT_EQ(opened.status, 200U) << opened.body;
    auto const cookie = opened.field("set-cookie");
    EXPECT_THAT(cookie, ::testing::AllOf(HasSubstr("HttpOnly"), HasSubstr("SameSite=Strict")));
    Fields const browser{{"Cookie", cookie.substr(0, cookie.find(';'))}};
    EXPECT_EQ(ask_http("GET", "/v1/session", {}, browser).value()["role"], "viewer");
    EXPECT_EQ(ask_http("GET", "/v1/agents", {}, browser).status, 200U);
    EXPECT_EQ(ask_http("POST", "/v1/agents/sentiment/pause", {}, browser).status, 403U);
    EXPECT_EQ(ask_http("DELETE", "/v1/session", {}, browser).status, 204U);
    EXPECT_EQ(ask_http("GET", "/v1/agents", {}, browser).status, 401U);
    for (auto const& line : audited())
        EXPECT_THAT(line, ::testing::Not(HasSubstr("viewer-0123456789abc")));
}

TEST_F(SecurityTest, MalformedRequestsAreRefused) {
    start_server();
    std::string const host = "Host: localhost\r\n";
    EXPECT_EQ(answer_to("nonsense\r\n\r\n"), 400U);
    EXPECT_EQ(answer_to("GET /healthz HTTP/1.1\r\n\r\n"), 400U);
    EXPECT_EQ(answer_to("GET /healthz HTTP/1.1\r\n" + host + host + "\r\n"), 400U);
    EXPECT_EQ(answer_to("GET /healthz HTTP/1.1\r\n" + host + "Authorization: a\r\nAuthorization: b\r\n\r\n"), 400U);
    EXPECT_EQ(answer_to("GET http://localhost/healthz HTTP/1.1\r\n" + host + "\r\n"), 400U);
    EXPECT_EQ(answer_to("GET /%00 HTTP/1.1\r\n" + host + "\r\n"), 400U);
    EXPECT_EQ(answer_to("GET /../etc/passwd HTTP/1.1\r\n" + host + "\r\n"), 400U);
    EXPECT_EQ(answer_to("GET /%2e%2e/etc/passwd HTTP/1.1\r\n" + host + "\r\n"), 400U);
    EXPECT_EQ(answer_to("POST /v1/tasks HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
              400U);
    EXPECT_EQ(answer_to("POST /v1/tasks HTTP/1.1\r\n" + host + "Content-Length: x\r\n\r\n"), 400U);
    EXPECT_EQ(answer_to("POST /v1/tasks HTTP/1.1\r\n" + host +
                        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
              400U);
    EXPECT_EQ(answer_to("GET /healthz HTTP/1.1\r\n" + host + "X:\x01\r\n\r\n"), 400U);
    EXPECT_EQ(answer_to("GET /healthz HTTP/1.1\r\n" + host + "A: " + std::string(20'000, 'a') + "\r\n\r\n"), 431U);
    EXPECT_EQ(get("/v1/agents?limit=0").status, 400U);
    EXPECT_EQ(get("/v1/agents?nope=1").status, 400U);
    EXPECT_EQ(get("/v1/agents/" + std::string(129, 'a')).status, 400U);
    EXPECT_EQ(get("/v1/agents/a%0d%0aSet-Cookie:x").status, 400U);
    EXPECT_EQ(get("/v1/agents/a%20b").status, 400U);
    EXPECT_EQ(get("/v1/tasks/sentiment/a%2Fb").status, 400U);
    EXPECT_EQ(get("/v1/nope").status, 404U);
    EXPECT_EQ(ask_http("DELETE", "/v1/tasks").status, 405U);
    EXPECT_EQ(post("/v1/tasks", "not json").status, 400U);
    EXPECT_EQ(post("/v1/tasks", std::string(100'000, '[')).status, 400U);
    EXPECT_EQ(get("/healthz").status, 200U);
}

TEST_F(SecurityTest, LargeBodiesAreRefusedBeforeTheyAreRead) {
    options.api.client.payload_bytes_max = 4'096;
    start_server();
    std::string const head =
        "POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nX-Leat-Request: 1\r\n"
        "Content-Type: application/json\r\n";
    EXPECT_EQ(answer_to(head + "Content-Length: 99999999999\r\n\r\n"), 413U);
    EXPECT_EQ(answer_to(head + "Content-Length: 1000000\r\n\r\n{"), 413U);
    EXPECT_EQ(answer_to(head + "Transfer-Encoding: chunked\r\n\r\nFFFFFF\r\n" + std::string(200'000, 'x')), 413U);
    auto const payload = R"({"agent":"sentiment","payload":")" + std::string(5'000, 'x') + "\"}";
    EXPECT_EQ(post("/v1/tasks", payload).code(), "too_large");
    EXPECT_EQ(length(keys.lane(Lane::normal)), "0");
}

TEST_F(SecurityTest, ALargeBodyIsReadAfterTheGoAhead) {
    start_server();
    auto const body = R"({"agent":"sentiment","id":"big","payload":")" + std::string(500'000, 'x') + "\"}";
    testing::TestClient careful(http->port());
    ASSERT_TRUE(
        careful.send("POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nX-Leat-Request: 1\r\nExpect: 100-continue\r\n"
                     "Content-Type: application/json\r\nContent-Length: " +
                     std::to_string(body.size()) + "\r\n\r\n"));
    EXPECT_EQ(careful.read(true).status, 100U);
    ASSERT_TRUE(careful.send(body));
    EXPECT_EQ(careful.read().status, 201U);
}

TEST_F(SecurityTest, SlowClientsBlockNobodyAndAreDropped) {
    options.limits.header_time = 300ms;
    options.limits.body_time = 300ms;
    start_server();
    std::vector<std::unique_ptr<testing::TestClient>> slow;
    for (int i = 0; i < 100; ++i) {
        slow.push_back(std::make_unique<testing::TestClient>(http->port()));
        ASSERT_TRUE(slow.back()->send(i % 2 == 0
                                          ? "GET /healthz HT"
                                          : "POST /v1/session HTTP/1.1\r\nHost: localhost\r\nX-Leat-Request: 1\r\n"
                                            "Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{"));
    }
    EXPECT_EQ(get("/healthz").status, 200U);
    for (auto& each : slow)
        EXPECT_TRUE(each->closed());
}

TEST_F(SecurityTest, ConnectionsAreLimited) {
    options.limits.connections = 4;
    start_server();
    std::vector<std::unique_ptr<testing::TestClient>> open;
    for (int i = 0; i < 4; ++i) {
        open.push_back(std::make_unique<testing::TestClient>(http->port()));
        ASSERT_EQ(open.back()->request("GET", "/healthz").status, 200U);
    }
    EXPECT_EQ(get("/healthz").status, 503U);
    EXPECT_EQ(open.front()->request("GET", "/healthz").status, 200U);
}

TEST_F(SecurityTest, BodiesTogetherAreLimited) {
    options.limits.bodies_bytes = 100'000;
    start_server();
    std::string const head =
        "POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nX-Leat-Request: 1\r\n"
        "Content-Type: application/json\r\nContent-Length: ";
    testing::TestClient first(http->port());
    ASSERT_TRUE(first.send(head + "90000\r\nExpect: 100-continue\r\n\r\n"));
    ASSERT_EQ(first.read(true).status, 100U);
    EXPECT_EQ(answer_to(head + "90000\r\n\r\n"), 503U);
    ASSERT_TRUE(first.send(std::string(90'000, ' ')));
    EXPECT_EQ(first.read().status, 400U);
    EXPECT_EQ(answer_to(head + "2\r\n\r\n{}"), 400U);
}

TEST_F(SecurityTest, RequestsMayFollowEachOther) {
    start_server();
    testing::TestClient pipelining(http->port());
    std::string const one = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    ASSERT_TRUE(pipelining.send(one + one + "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(pipelining.read().status, 200U);
    EXPECT_TRUE(pipelining.closed());
    auto const head = ask_http("HEAD", "/healthz");
    EXPECT_EQ(head.status, 200U);
    EXPECT_EQ(head.field("content-length"), "15");
    EXPECT_EQ(head.body, "");
    EXPECT_EQ(answer_to("GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n"), 200U);
}

TEST_F(SecurityTest, WhatUsersStoredCannotBreakOut) {
    start_server();
    dead("x", "</script><script>alert(1)</script>\r\nSet-Cookie: a=b\x1b[2J");
    auto const reply = get("/v1/agents/sentiment/dead");
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(reply.field("set-cookie"), "");
    EXPECT_EQ(reply.field("content-type"), "application/json");
    EXPECT_EQ(reply.field("x-content-type-options"), "nosniff");
    EXPECT_THAT(reply.field("content-security-policy"), HasSubstr("default-src 'none'"));
    EXPECT_EQ(reply.body.find('\x1b'), std::string::npos);
    auto const groups = get("/v1/agents/sentiment/dead/groups");
    EXPECT_EQ(groups.status, 200U);
}

}  // namespace
}  // namespace leat::http
