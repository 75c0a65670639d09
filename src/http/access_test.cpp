#include "http/access.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace leat::http {
namespace {

using namespace std::chrono_literals;

constexpr auto kOperatorToken = "operator-0123456789";
constexpr auto kViewerToken = "viewer-0123456789abc";

Route const& route(std::string_view name) {
    return *std::ranges::find(routes(), name, &Route::name);
}

class AccessTest : public ::testing::Test {
  protected:
    Access open_ = *Access::make({});
    Access closed_ =
        *Access::make({.operator_token = kOperatorToken, .viewer_token = kViewerToken, .hosts = {"Leat.example"}});
    TimePoint now_{100h};

    static Head head(std::string_view authorization = {}) {
        Head head;
        head.host = "127.0.0.1:7070";
        head.authorization = authorization;
        head.leat_request = "1";
        return head;
    }
    unsigned status(Head const& head, std::string_view name) { return closed_.judge(head, route(name), now_).status; }
};

TEST(Hosts, AreAddressesAndKnownNames) {
    std::vector<std::string> const names{"leat.example"};
    for (auto const* const host : {"localhost", "localhost:7070", "127.0.0.1", "127.0.0.1:80", "[::1]:7070", "[::1]",
                                   "10.0.0.7:7070", "leat.example", "LEAT.example:443"})
        EXPECT_TRUE(host_allowed(host, names)) << host;
    for (auto const* const host : {"", "evil.example", "localhost.evil.example", "leat.example.evil", "127.0.0.1.evil",
                                   "localhost:", "localhost:99999999", "localhost:1x", "[::1", "a@localhost", "::1"})
        EXPECT_FALSE(host_allowed(host, names)) << host;
}

TEST(Loopback, IsRecognised) {
    for (auto const* const address : {"localhost", "127.0.0.1", "127.1.2.3", "::1"})
        EXPECT_TRUE(is_loopback(address)) << address;
    for (auto const* const address : {"0.0.0.0", "::", "10.0.0.1", "", "evil"})
        EXPECT_FALSE(is_loopback(address)) << address;
}

TEST(Tokens, AreChecked) {
    EXPECT_FALSE(Access::make({.operator_token = "short"}));
    EXPECT_FALSE(Access::make({.operator_token = std::string(513, 'x')}));
    EXPECT_FALSE(Access::make({.operator_token = "0123456789 0123456789"}));
    EXPECT_FALSE(Access::make({.operator_token = "0123456789\n0123456789"}));
    EXPECT_FALSE(Access::make({.viewer_token = kViewerToken}));
    EXPECT_FALSE(Access::make({.operator_token = kViewerToken, .viewer_token = kViewerToken}));
    EXPECT_TRUE(Access::make({.operator_token = kOperatorToken}));
}

TEST_F(AccessTest, WithoutTokensEverybodyHereIsAnOperator) {
    auto const ruling = open_.judge(head(), route("pauseAgent"), now_);
    EXPECT_EQ(ruling.status, 0U);
    EXPECT_EQ(ruling.role, Role::operator_);
    EXPECT_FALSE(open_.needs_token());
}

TEST_F(AccessTest, RolesIncludeThoseBelow) {
    auto const as_operator = head("Bearer operator-0123456789");
    auto const as_viewer = head("bearer viewer-0123456789abc");
    EXPECT_EQ(status(as_operator, "pauseAgent"), 0U);
    EXPECT_EQ(status(as_operator, "listAgents"), 0U);
    EXPECT_EQ(status(as_viewer, "listAgents"), 0U);
    EXPECT_EQ(status(as_viewer, "pauseAgent"), 403U);
    EXPECT_EQ(status(head(), "listAgents"), 401U);
    EXPECT_EQ(status(head(), "getHealth"), 0U);
    EXPECT_EQ(status(head(), "getMetrics"), 401U);
}

TEST_F(AccessTest, WrongTokensAreTold) {
    for (auto const* const wrong : {"Bearer operator-012345678", "Bearer operator-01234567890", "Bearer ", "Basic abc",
                                    "operator-0123456789", "Bearer operator-0123456789 "}) {
        auto const ruling = closed_.judge(head(wrong), route("listAgents"), now_);
        EXPECT_EQ(ruling.status, 401U) << wrong;
        EXPECT_TRUE(ruling.wrong_token) << wrong;
    }
    EXPECT_FALSE(closed_.judge(head(), route("listAgents"), now_).wrong_token);
}

TEST_F(AccessTest, ForeignHostsAreRefusedBeforeAnythingElse) {
    auto foreign = head("Bearer operator-0123456789");
    foreign.host = "evil.example:7070";
    EXPECT_EQ(status(foreign, "listAgents"), 421U);
    EXPECT_EQ(status(foreign, "getHealth"), 421U);
    foreign.host = "leat.example";
    EXPECT_EQ(status(foreign, "listAgents"), 0U);
}

TEST_F(AccessTest, ChangesNeedTheFieldAndTheSameOrigin) {
    auto change = head("Bearer operator-0123456789");
    for (std::string_view const field : {"", "0", "true", "1 "}) {
        change.leat_request = field;
        EXPECT_EQ(status(change, "pauseAgent"), 403U) << field;
        EXPECT_EQ(status(change, "listAgents"), 0U);
    }
    change.leat_request = "1";
    for (std::string_view const origin :
         {"null", "http://evil.example", "http://127.0.0.1:7071", "127.0.0.1:7070", "http://127.0.0.1:7070.evil"}) {
        change.origin = origin;
        EXPECT_EQ(status(change, "pauseAgent"), 403U) << origin;
    }
    change.origin = "http://127.0.0.1:7070";
    EXPECT_EQ(status(change, "pauseAgent"), 0U);
    change.fetch_site = "cross-site";
    EXPECT_EQ(status(change, "pauseAgent"), 403U);
    change.fetch_site = "same-origin";
    EXPECT_EQ(status(change, "pauseAgent"), 0U);
}

TEST_F(AccessTest, SessionsReplaceTokensUntilTheyEnd) {
    closed_.open_session("secret-one", Role::viewer, now_);
    closed_.open_session("secret-two", Role::operator_, now_);
    auto browser = head();
    browser.cookie = "theme=dark; leat_session=secret-two; x=1";
    EXPECT_EQ(status(browser, "pauseAgent"), 0U);
    browser.cookie = "leat_session=secret-one";
    EXPECT_EQ(status(browser, "listAgents"), 0U);
    EXPECT_EQ(status(browser, "pauseAgent"), 403U);
    browser.cookie = "leat_session=secret-three";
    EXPECT_EQ(status(browser, "listAgents"), 401U);
    browser.cookie = "leat_session=secret-one";
    closed_.close_session(browser.cookie);
    EXPECT_EQ(status(browser, "listAgents"), 401U);
    browser.cookie = "leat_session=secret-two";
    now_ += kSessionLife;
    EXPECT_EQ(status(browser, "listAgents"), 401U);
}

TEST_F(AccessTest, TheOldestSessionEndsWhenThereAreTooMany) {
    for (std::size_t i = 0; i <= kSessionsMax; ++i)
        closed_.open_session("secret-" + std::to_string(i), Role::viewer, now_);
    auto browser = head();
    browser.cookie = "leat_session=secret-0";
    EXPECT_EQ(status(browser, "listAgents"), 401U);
    browser.cookie = "leat_session=secret-1";
    EXPECT_EQ(status(browser, "listAgents"), 0U);
}

TEST(Cookies, AreFoundByTheirWholeName) {
    EXPECT_EQ(cookie_value("a=1; b=2", "b"), "2");
    EXPECT_EQ(cookie_value("ab=1;b=2", "b"), "2");
    EXPECT_EQ(cookie_value("b", "b"), "");
    EXPECT_EQ(cookie_value("", "b"), "");
    EXPECT_EQ(cookie_value(";;b=x=y", "b"), "x=y");
}

TEST(FailureDelayTest, GrowsWithFailuresAndShrinksWithTime) {
    FailureDelay delay;
    TimePoint const now{1h};
    EXPECT_EQ(delay.failed(now), 100ms);
    EXPECT_EQ(delay.failed(now), 200ms);
    EXPECT_EQ(delay.failed(now), 400ms);
    for (int i = 0; i < 100; ++i)
        EXPECT_LE(delay.failed(now), FailureDelay::kMost);
    EXPECT_EQ(delay.failed(now), FailureDelay::kMost);
    EXPECT_LT(delay.failed(now + 10min), 110ms);
}

}  // namespace
}  // namespace leat::http
