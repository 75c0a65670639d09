// Users as `leat acl` describes them, at a real server: enough for their part, and nothing else.
#include "store/acl.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "store/alert_turns.hpp"
#include "store/scripts.hpp"
#include "store/store_fixture.hpp"
#include "store/store_inspect.hpp"
#include "store/store_worker.hpp"

namespace leat::store {
namespace {

using ::testing::HasSubstr;

class AclTest : public StoreFixture {
  protected:
    // A connection of a user of that role.
    testing::RedisClient as(AclRole role, AclScope const& scope = {}) {
        auto const version = client.connection().server().version;
        std::vector<std::string> setuser{"ACL", "SETUSER", std::string(to_string(role))};
        for (auto const& rule : acl_rules(role, scope, version))
            setuser.push_back(rule);
        setuser.emplace_back(">pw");
        EXPECT_EQ(ask(setuser), "OK");
        auto options = redis::parse_url(server.url()).value();
        options.username = to_string(role);
        options.password = "pw";
        return testing::RedisClient(context, options);
    }
    static void expect_forbidden(testing::RedisClient& user, std::vector<std::vector<std::string>> const& commands) {
        for (auto const& words : commands) {
            redis::Command command(words.front());
            for (std::size_t i = 1; i < words.size(); ++i)
                command.arg(words[i]);
            EXPECT_THAT(user.exec(command), HasSubstr("NOPERM")) << words.front();
        }
    }
    template <class T>
    static Result<T> wait_as(testing::RedisClient& user, boost::asio::awaitable<Result<T>> call) {
        return user.wait(user.start(std::move(call)));
    }
    Result<std::vector<DispatchReply>> dispatch_as(testing::RedisClient& user, std::string id) {
        std::array const items{DispatchItem{.id = std::move(id), .payload = "{}"}};
        return wait_as(user, Store(user.connection()).dispatch(keys, items, std::nullopt));
    }
};

std::vector<std::vector<std::string>> const kNobodyMay{{"EVAL", "return 1", "0"},
                                                       {"KEYS", "*"},
                                                       {"FLUSHALL"},
                                                       {"CONFIG", "SET", "save", ""},
                                                       {"DEBUG", "SLEEP", "0"},
                                                       {"SCRIPT", "FLUSH"},
                                                       {"ACL", "SETUSER", "x"},
                                                       {"SHUTDOWN"},
                                                       {"MONITOR"},
                                                       {"REPLICAOF", "NO", "ONE"}};

TEST_F(AclTest, AProducerDispatchesAndNothingElse) {
    auto producer = as(AclRole::producer);
    ASSERT_TRUE(wait(load_scripts(client.connection())));
    auto const own = Store(producer.connection());
    auto const stored = dispatch_as(producer, "t1");
    ASSERT_TRUE(stored) << stored.error().message();
    EXPECT_TRUE(wait_as(producer, note_agent(producer.connection(), space, "sentiment")));
    EXPECT_TRUE(wait_as(producer, own.control(keys)));
    EXPECT_TRUE(wait_as(producer, own.task(keys, "t1")));
    EXPECT_TRUE(wait_as(producer, own.cancel(keys, "t1")));
    EXPECT_EQ(producer.exec(redis::Command("WAIT").args(0, 1)), "0");
    EXPECT_THAT(producer.exec(redis::Command("SUBSCRIBE").arg(keys.done_channel)), HasSubstr("subscribe"));
    expect_forbidden(producer, kNobodyMay);
    expect_forbidden(producer, {{"SCRIPT", "LOAD", "return 1"},
                                {"XREADGROUP", "GROUP", "workers", "me", "STREAMS", keys.lane(Lane::normal), ">"},
                                {"XADD", "other:stream", "*", "a", "b"},
                                {"SADD", "other", "a"},
                                {"SUBSCRIBE", "other"},
                                {"CONFIG", "GET", "requirepass"}});
}

TEST_F(AclTest, AScriptThatNobodyLoadedIsToldToProducers) {
    auto producer = as(AclRole::producer);
    ask({"SCRIPT", "FLUSH"});
    auto const refused = dispatch_as(producer, "t1");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
    EXPECT_THAT(refused.error().detail, HasSubstr("start a worker"));
    auto worker = as(AclRole::worker);
    ASSERT_TRUE(wait_as(worker, load_scripts(worker.connection())));
    EXPECT_TRUE(dispatch_as(producer, "t1"));
}

TEST_F(AclTest, AViewerSeesEverythingAndChangesNothing) {
    auto const delivery = start("w1", {.id = "t2", .payload = "{}"});
    ASSERT_EQ(settle("w1", verdict(delivery, SettleVerdict::dead, "x")), SettleStatus::settled);
    add({.id = "t1", .payload = "{}"});
    ASSERT_TRUE(wait(load_scripts(client.connection())));
    auto viewer = as(AclRole::viewer);
    auto const look = StoreInspect(viewer.connection());
    EXPECT_TRUE(wait_as(viewer, look.agents(space)));
    EXPECT_TRUE(wait_as(viewer, look.depth(keys)));
    EXPECT_TRUE(wait_as(viewer, look.pending(keys)));
    for (auto const state : {TaskState::ready, TaskState::running, TaskState::scheduled, TaskState::dead})
        EXPECT_TRUE(wait_as(viewer, look.tasks(keys, {.state = state, .limit = 10})));
    EXPECT_TRUE(wait_as(viewer, look.results(keys, "", 10)));
    EXPECT_TRUE(wait_as(viewer, look.dead(keys, Order::newest_first, "", 10)));
    EXPECT_TRUE(wait_as(viewer, look.stats(keys)));
    EXPECT_TRUE(wait_as(viewer, list_workers(viewer.connection(), space, 10)));
    EXPECT_TRUE(wait_as(viewer, server_facts(viewer.connection())));
    auto const task = wait_as(viewer, Store(viewer.connection()).task(keys, "t2"));
    ASSERT_TRUE(task) << task.error().message();
    EXPECT_EQ(task->state, TaskState::dead);

    auto const before = snapshot();
    EXPECT_EQ(dispatch_as(viewer, "t3").error().code, ErrorCode::denied);
    EXPECT_EQ(wait_as(viewer, look.purge_dead(keys, std::nullopt)).error().code, ErrorCode::denied);
    expect_forbidden(viewer, kNobodyMay);
    expect_forbidden(viewer, {{"SET", keys.task("t1"), "x"},
                              {"HSET", keys.control, "paused", "1"},
                              {"PEXPIRE", keys.stats, "1"},
                              {"DEL", keys.task("t1")},
                              {"XADD", keys.dead, "*", "a", "b"},
                              {"GET", "other"},
                              {"PUBLISH", keys.control_channel, "x"}});
    EXPECT_EQ(snapshot(), before);
}

// `leat serve` with a viewer's rights posts alerts.
TEST_F(AclTest, AViewerTakesTurnsInTellingOfAlerts) {
    for (auto const role : {AclRole::viewer, AclRole::admin}) {
        auto user = as(role);
        AlertTurns const turns(user.connection(), space);
        ToldAlert const alert{.kind = "full", .agent = std::string(to_string(role)), .fired_at = 7};
        auto const taken = wait_as(user, turns.take(alert, std::chrono::minutes(1)));
        ASSERT_TRUE(taken) << taken.error().message();
        EXPECT_TRUE(*taken);
        EXPECT_TRUE(wait_as(user, turns.told(alert, std::chrono::minutes(1))));
        EXPECT_EQ(wait_as(user, turns.list()).value().size(), 1U);
        EXPECT_EQ(wait_as(user, turns.take_end(alert, std::chrono::minutes(1))), true);
        EXPECT_TRUE(wait_as(user, turns.end_told(alert, std::chrono::minutes(1))));
        EXPECT_TRUE(wait_as(user, turns.give_back(alert)));
        EXPECT_TRUE(wait_as(user, turns.give_end_back(alert)));
    }
}

TEST_F(AclTest, WorkersAndAdminsStayInTheirKeys) {
    for (auto const role : {AclRole::worker, AclRole::admin}) {
        auto user = as(role);
        expect_forbidden(user, kNobodyMay);
        expect_forbidden(user, {{"DEL", "other"}, {"HSET", "other", "a", "b"}, {"XADD", "tasks", "*", "a", "b"}});
        AclScope scope;
        scope.streams = {"tasks"};
        auto wider = as(role, scope);
        EXPECT_THAT(wider.exec(redis::Command("XADD").args("tasks", "*", "a", "b")), HasSubstr("-"));
    }
}

// Words in quotes and capitals, in lower case: names of commands are among them.
std::set<std::string> words_in_sources() {
    std::set<std::string> words;
    std::regex const quoted("\"([A-Z_]{2,})\"");
    for (auto const* const folder : {"redis", "store", "client", "runtime", "inspect"}) {
        for (auto const& entry : std::filesystem::directory_iterator(LEAT_SOURCE_DIR "/src/" + std::string(folder))) {
            auto const name = entry.path().filename().string();
            bool const code = name.ends_with(".cpp") || name.ends_with(".hpp");
            if (!code || name.find("test") != std::string::npos || name.find("fixture") != std::string::npos) continue;
            std::ostringstream text;
            text << std::ifstream(entry.path()).rdbuf();
            auto const source = text.str();
            for (std::sregex_iterator match(source.begin(), source.end(), quoted), end; match != end; ++match) {
                auto word = (*match)[1].str();
                std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::tolower(c); });
                words.insert(std::move(word));
            }
        }
    }
    return words;
}

// Each command that the code sends is in somebody's rights, so that none is forgotten when the code learns a new one.
TEST_F(AclTest, EveryCommandOfTheSourcesIsInSomeRole) {
    std::set<std::string> commands;
    std::istringstream names(ask({"COMMAND", "LIST"}));
    for (std::string name; std::getline(names, name);)
        if (name.find('|') == std::string::npos) commands.insert(name);
    std::set<std::string> allowed;
    for (auto const& command : acl_commands(AclRole::admin, "99.0"))
        allowed.insert(command.substr(0, command.find('|')));
    // AUTH needs no right, SENTINEL is for sentinels, READONLY is an error here.
    allowed.merge(std::set<std::string>{"auth", "sentinel", "readonly"});

    auto const used = words_in_sources();
    EXPECT_GT(used.size(), 50U);
    for (auto const& word : used) {
        if (commands.contains(word)) {
            EXPECT_TRUE(allowed.contains(word)) << word << ": give it to its roles in acl.cpp";
        }
    }
    // And the other way round: nothing is allowed that nobody uses.
    std::set<std::string> inside_scripts;
    for (auto const script : script_names())
        inside_scripts.merge(script_commands(script));
    for (auto const& command : acl_commands(AclRole::admin, "99.0")) {
        if (inside_scripts.contains(command)) continue;
        std::istringstream parts(command);
        for (std::string part; std::getline(parts, part, '|');)
            EXPECT_TRUE(used.contains(part)) << command << " is used no more: take it out of acl.cpp";
    }
}

}  // namespace
}  // namespace leat::store
