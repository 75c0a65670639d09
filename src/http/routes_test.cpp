#include "http/routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace leat::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Match match(Verb verb, std::string_view path) {
    return find_route(verb, *parse_target(path));
}

TEST(Routes, FindTheirAction) {
    auto const task = match(Verb::get, "/v1/tasks/sentiment/order-17");
    ASSERT_NE(task.route, nullptr);
    EXPECT_EQ(task.route->action, Action::task_show);
    EXPECT_THAT(task.values, ElementsAre("sentiment", "order-17"));
    EXPECT_EQ(match(Verb::get, "/v1/tasks/a/b/log").route->action, Action::task_log);
    EXPECT_EQ(match(Verb::head, "/metrics").route->action, Action::metrics);
    EXPECT_EQ(match(Verb::post, "/v1/tasks").route->action, Action::dispatch);
    EXPECT_EQ(match(Verb::get, "/v1/tasks").route->action, Action::task_list);
}

TEST(Routes, FixedWordsWinOverNames) {
    EXPECT_EQ(match(Verb::get, "/v1/agents/a/dead/groups").route->action, Action::dead_groups);
    EXPECT_EQ(match(Verb::get, "/v1/agents/a/dead/1-0").route->action, Action::dead_show);
    EXPECT_EQ(match(Verb::post, "/v1/agents/a/dead/replay").route->action, Action::dead_replay_many);
    EXPECT_EQ(match(Verb::post, "/v1/agents/replay/dead/purge/replay").route->action, Action::dead_replay);
}

TEST(Routes, TellWhatAPathTakes) {
    auto const wrong = match(Verb::post, "/v1/agents");
    EXPECT_EQ(wrong.route, nullptr);
    EXPECT_EQ(wrong.allow, "GET");
    EXPECT_EQ(match(Verb::other, "/v1/session").allow, "GET, POST, DELETE");
    EXPECT_EQ(match(Verb::post, "/index.html").allow, "GET");
    auto const unknown = match(Verb::get, "/v1/nope");
    EXPECT_EQ(unknown.route, nullptr);
    EXPECT_THAT(unknown.allow, IsEmpty());
    EXPECT_EQ(match(Verb::get, "/v1/tasks/a/b/c/d").route, nullptr);
}

TEST(Routes, LeaveTheRestToTheAssets) {
    for (auto const* const path : {"/", "/index.html", "/assets/a.js", "/agents/sentiment"})
        EXPECT_EQ(match(Verb::get, path).route->action, Action::asset) << path;
    EXPECT_EQ(match(Verb::get, "/").route->role, Role::nobody);
}

TEST(Routes, KnowTheirParameters) {
    auto const* const list = match(Verb::get, "/v1/tasks").route;
    EXPECT_EQ(unknown_parameter(*list, *parse_target("/v1/tasks?agent=a&limit=3&older_than=1s")), "");
    EXPECT_EQ(unknown_parameter(*list, *parse_target("/v1/tasks?agent=a&limits=3")), "limits");
    EXPECT_EQ(unknown_parameter(*list, *parse_target("/v1/tasks?older=3")), "older");
}

TEST(Routes, AreConsistent) {
    std::set<std::string_view> names;
    for (auto const& route : routes()) {
        EXPECT_TRUE(names.insert(route.name).second) << route.name;
        if (route.body != Body::none) {
            EXPECT_EQ(route.verb, Verb::post) << route.name;
        }
        bool const may_anybody = route.action == Action::session_open || route.action == Action::session_close;
        if (route.changes_state() && !may_anybody) {
            EXPECT_EQ(route.role, Role::operator_) << route.name;
        }
    }
}

}  // namespace
}  // namespace leat::http
