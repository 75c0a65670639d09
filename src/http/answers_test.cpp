// What goes back: problems, heads, events, assets, points of charts, groups of errors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "http/assets.hpp"
#include "http/error_groups.hpp"
#include "http/listener.hpp"
#include "http/problem.hpp"
#include "http/response_text.hpp"
#include "http/server.hpp"
#include "http/stats.hpp"
#include "leat/version.hpp"

namespace leat::http {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Problems, CarryTheirCode) {
    auto const response = problem(Error{ErrorCode::not_found, "read task", "no such task"});
    EXPECT_EQ(response.status, 404U);
    EXPECT_EQ(response.content_type, "application/problem+json");
    EXPECT_EQ(json::parse(response.body), json::parse(R"({"type":"about:blank","title":"Not Found","status":404,
        "code":"not_found","detail":"read task: no such task"})"));
}

TEST(Problems, HaveAStatusForEachError) {
    for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
        auto const status = status_of(static_cast<ErrorCode>(code));
        EXPECT_GE(status, 400U);
        EXPECT_NE(reason_phrase(status), "Unknown") << status;
    }
    EXPECT_EQ(status_of(ErrorCode::unavailable), 503U);
    EXPECT_EQ(status_of(ErrorCode::unknown_outcome), 504U);
}

TEST(Heads, MakeBrowsersCareful) {
    Response response;
    response.body = "{}";
    EXPECT_THAT(head_text(response, true),
                AllOf(HasSubstr("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Length: 2\r\n"),
                      HasSubstr("Content-Type: application/json\r\n"), HasSubstr("X-Content-Type-Options: nosniff\r\n"),
                      HasSubstr("frame-ancestors 'none'"), HasSubstr("Cache-Control: no-store\r\n"),
                      Not(HasSubstr("Connection:"))));
    EXPECT_THAT(head_text(response, false), HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(std::string(kContentSecurityPolicy), Not(HasSubstr("unsafe")));
    EXPECT_THAT(stream_head_text(), AllOf(HasSubstr("text/event-stream"), HasSubstr("nosniff")));
}

TEST(Heads, AreNeverSplit) {
    Response response;
    response.headers = {{"Location", "/a\r\nSet-Cookie: x=1"}, {"X\n", "1"}, {"ETag", "\"1\""}};
    auto const text = head_text(response, true);
    EXPECT_THAT(text, AllOf(Not(HasSubstr("Set-Cookie")), HasSubstr("ETag: \"1\"\r\n")));
}

TEST(Heads, HaveNoLengthWhereThereIsNoBody) {
    Response response;
    response.status = 304;
    EXPECT_THAT(head_text(response, true), Not(HasSubstr("Content-Length")));
}

TEST(Events, AreThreeLines) {
    EXPECT_EQ(server_sent_event("state", "7", "{}"), "event: state\nid: 7\ndata: {}\n\n");
    EXPECT_EQ(server_sent_event("end", "", "1"), "event: end\ndata: 1\n\n");
}

constexpr std::array kAssets{Asset{"/assets/app.0f3a.js", "\"e1\"", "js"}, Asset{"/favicon.svg", "\"e2\"", "svg"},
                             Asset{"/index.html", "\"e3\"", "html"}};

std::string field(Response const& response, std::string_view name) {
    for (auto const& [key, value] : response.headers)
        if (key == name) return value;
    return "";
}

TEST(Assets, AreServedWithTypeAndTag) {
    auto const script = asset_response(kAssets, "/assets/app.0f3a.js", "");
    EXPECT_EQ(script.static_body, "js");
    EXPECT_EQ(script.content_type, "text/javascript; charset=utf-8");
    EXPECT_EQ(field(script, "ETag"), "\"e1\"");
    EXPECT_THAT(field(script, "Cache-Control"), HasSubstr("immutable"));
    EXPECT_EQ(field(asset_response(kAssets, "/favicon.svg", ""), "Cache-Control"), "no-cache");
    auto const again = asset_response(kAssets, "/favicon.svg", "W/\"e0\", \"e2\"");
    EXPECT_EQ(again.status, 304U);
    EXPECT_THAT(std::string(again.static_body), IsEmpty());
}

TEST(Assets, PagesAreTheOnePage) {
    for (auto const* const path : {"/", "/index.html", "/agents/sentiment"})
        EXPECT_EQ(asset_response(kAssets, path, "").static_body, "html") << path;
    EXPECT_EQ(asset_response(kAssets, "/assets/gone.js", "").status, 404U);
}

TEST(Assets, WithoutDashboardAPageSaysSo) {
    auto const page = asset_response({}, "/", "");
    EXPECT_EQ(page.status, 200U);
    EXPECT_THAT(std::string(page.static_body), AllOf(HasSubstr("has no dashboard"), HasSubstr("/metrics")));
    EXPECT_EQ(asset_response({}, "/agents", "").status, 404U);
}

TEST(Assets, DescribeTheApi) {
    auto const description = json::parse(openapi_asset().content);
    EXPECT_EQ(description["openapi"], "3.1.0");
    EXPECT_EQ(description["info"]["version"], LEAT_VERSION);
    EXPECT_EQ(content_type_of("x"), "application/octet-stream");
}

TEST(Points, HoldSeveralMinutesOfSeveralAgents) {
    StatsSum sum;
    sum.add({{.minute = 10, .counters = {{"succeeded", 1}}},
             {.minute = 11, .counters = {{"succeeded", 2}, {"run:le_5", 2}}},
             {.minute = 12, .counters = {}}});
    sum.add({{.minute = 12, .counters = {{"dead", 4}, {"end:le_1000", 1}}}});
    auto const points = sum.to_json(2)["points"];
    ASSERT_EQ(points.size(), 2U);
    EXPECT_EQ(points[0]["at"], 600'000);
    EXPECT_EQ(points[0]["succeeded"], 1);
    EXPECT_EQ(points[1]["at"], 660'000);
    EXPECT_EQ(points[1]["succeeded"], 2);
    EXPECT_EQ(points[1]["dead"], 4);
    EXPECT_EQ(points[1]["run"]["count"], 2);
    EXPECT_GT(points[1]["run"]["p95_ms"], 2.5);
    EXPECT_EQ(points[1]["end"]["count"], 1);
    EXPECT_TRUE(points[0]["run"]["p50_ms"].is_null());
}

TEST(Stats, DepthIsTheSumOfAgentsButNeverOfMinutes) {
    StatsSum sum;
    sum.add({{.minute = 10, .counters = {}},
             {.minute = 11, .counters = {{"gauge:ready", 4}, {"gauge:running", 1}, {"gauge:scheduled", 0}}},
             {.minute = 12, .counters = {{"gauge:ready", 8}, {"gauge:running", 3}, {"gauge:scheduled", 2}}},
             {.minute = 13, .counters = {{"succeeded", 5}}}});
    sum.add({{.minute = 12, .counters = {{"gauge:ready", 2}}}});
    auto const points = sum.to_json(3)["points"];
    ASSERT_EQ(points.size(), 2U);
    EXPECT_TRUE(points[0]["depth"].is_null());
    EXPECT_EQ(points[1]["depth"]["ready"], (json{{"mean", 7.0}, {"max", 10}}));  // of the two minutes with a look
    EXPECT_EQ(points[1]["depth"]["running"], (json{{"mean", 2.0}, {"max", 3}}));
    EXPECT_EQ(points[1]["depth"]["scheduled"], (json{{"mean", 1.0}, {"max", 2}}));
}

store::DeadLetter letter(std::string entry, std::string error, std::int64_t failed_at) {
    store::DeadLetter letter;
    letter.entry = std::move(entry);
    letter.error = std::move(error);
    letter.reason = "failed";
    letter.failed_at = failed_at;
    return letter;
}

TEST(Groups, AreMadeByPattern) {
    EXPECT_EQ(error_pattern("timeout after 30 s on host7"), "timeout after # s on host#");
    EXPECT_EQ(error_pattern("no deadbeef01 row"), "no # row");
    EXPECT_EQ(error_pattern("defaced cafe"), "defaced cafe");
    EXPECT_LE(error_pattern(std::string(10'000, 'x')).size(), 200U);

    ErrorGroups groups;
    groups.add(letter("3-0", "code 500", 30));
    groups.add(letter("2-0", "code 404", 20));
    groups.add(letter("1-0", "other", 10));
    auto const list = groups.to_json();
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0]["pattern"], "code #");
    EXPECT_EQ(list[0]["error"], "code 500");
    EXPECT_EQ(list[0]["count"], 2);
    EXPECT_EQ(list[0]["first_at"], 20);
    EXPECT_EQ(list[0]["last_at"], 30);
    EXPECT_EQ(list[0]["letters"], json::parse(R"(["3-0","2-0"])"));
}

TEST(ListenAddresses, AreAnAddressAndAPort) {
    EXPECT_EQ(parse_listen_address("127.0.0.1:0")->port, 0);
    EXPECT_EQ(parse_listen_address("[::1]:7070")->host, "::1");
    EXPECT_EQ(parse_listen_address("localhost:80")->host, "localhost");
    for (auto const* const text : {"", ":", "7070", ":7070", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000",
                                   "127.0.0.1:x", "example.org:80", "127.0.0.1:+1"})
        EXPECT_FALSE(parse_listen_address(text)) << text;
    EXPECT_EQ(url_of("::1", 80), "http://[::1]:80");
}

TEST(ServerStart, RefusesOtherAddressesWithoutAToken) {
    for (auto const* const address : {"0.0.0.0:0", "[::]:0", "10.1.2.3:0"}) {
        ServerOptions options;
        options.listen = address;
        auto const server = Server::start(std::move(options));
        ASSERT_FALSE(server) << address;
        EXPECT_EQ(server.error().code, ErrorCode::invalid_input);
        EXPECT_THAT(server.error().detail, HasSubstr("token_file"));
    }
}

}  // namespace
}  // namespace leat::http
