// The doctor at real servers in bad states.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "inspect/inspector.hpp"
#include "store/scripts.hpp"
#include "store/store_fixture.hpp"
#include "store/store_worker.hpp"

namespace leat::inspect {
namespace {

using ::testing::HasSubstr;

class DoctorTest : public store::StoreFixture {
  protected:
    explicit DoctorTest(std::vector<std::string> server_arguments = {}) : StoreFixture(std::move(server_arguments)) {}

    // What the doctor says; `check` only, the first of that name.
    Finding say(std::string_view check, std::optional<store::AclRole> role = {}) { return say(inspector, check, role); }
    Finding say(Inspector const& by, std::string_view check, std::optional<store::AclRole> role = {}) {
        auto const facts = wait(by.examine(""));
        EXPECT_TRUE(facts) << (facts ? "" : facts.error().message());
        if (!facts) return {};
        auto const findings = judge(*facts, role);
        auto const found = std::ranges::find(findings, check, &Finding::check);
        if (found != findings.end()) return *found;
        ADD_FAILURE() << "nothing was said of " << check;
        return {};
    }
    bool has(std::string_view check) {
        auto const facts = wait(inspector.examine(""));
        if (!facts) return false;
        auto const findings = judge(*facts, {});
        return std::ranges::find(findings, check, &Finding::check) != findings.end();
    }
    void expect(std::string_view check, Severity severity, std::string const& text) {
        auto const finding = say(check);
        EXPECT_EQ(finding.severity, severity) << finding.check << ": " << finding.found;
        EXPECT_THAT(finding.found, HasSubstr(text));
    }

    Inspector inspector{client.connection()};
};

TEST_F(DoctorTest, AServerAsItComes) {
    expect("version", Severity::ok, ".");
    expect("eviction", Severity::ok, "noeviction");
    expect("replication", Severity::ok, "primary without replicas");
    expect("commands", Severity::ok, "");
    expect("scripts", Severity::ok, "");
    expect("rights", Severity::ok, "producer, worker, viewer, admin");
    expect("clock", Severity::ok, "");
    expect("agent", Severity::ok, "0 ready");
    EXPECT_EQ(wait(inspector.examine("bad name")).error().code, ErrorCode::invalid_input);
}

TEST_F(DoctorTest, ExaminingChangesNothing) {
    add({.id = "a", .payload = "1"});
    auto const before = snapshot();
    (void)say("rights");
    EXPECT_EQ(snapshot(), before);
}

TEST_F(DoctorTest, AMachineOfOurOwnIsLookedAt) {
    auto const facts = wait(inspector.examine(""));
    ASSERT_TRUE(facts);
    EXPECT_TRUE(facts->machine.local);
    EXPECT_TRUE(facts->machine.overcommit);
}

TEST_F(DoctorTest, NoPersistence) {
    expect("persistence", Severity::fail, "everything");
    ask({"CONFIG", "SET", "save", "3600 1"});
    expect("persistence", Severity::warn, "snapshot");
}

class DoctorOfAof : public DoctorTest {
  protected:
    DoctorOfAof() : DoctorTest({"--appendonly", "yes"}) {}
};

TEST_F(DoctorOfAof, IsContent) {
    expect("persistence", Severity::ok, "appendfsync everysec");
    expect("persistence", Severity::ok, "aof-load-truncated yes");
    expect("persistence", Severity::ok, "aof-load-corrupt-tail-max-size");
    expect("persistence", Severity::ok, "no-appendfsync-on-rewrite no");
}

TEST_F(DoctorTest, AServerThatEvicts) {
    ask({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
    expect("eviction", Severity::fail, "allkeys-lru");
}

TEST_F(DoctorTest, MaxmemoryIsNear) {
    expect("memory", Severity::warn, "no maxmemory");
    ask({"CONFIG", "SET", "maxmemory", "1000mb"});
    expect("memory", Severity::ok, "of 1000 MiB");
    ask({"CONFIG", "SET", "maxmemory", "1"});
    expect("memory", Severity::fail, "used");
    expect("rights", Severity::ok, "producer, worker");  // refusing for lack of memory is not a missing right
}

TEST_F(DoctorTest, AReplicaAndTooFewReplicas) {
    ask({"CONFIG", "SET", "min-replicas-to-write", "1"});
    expect("replication", Severity::fail, "refuses writes");
    ask({"REPLICAOF", "127.0.0.1", "1"});
    expect("replication", Severity::fail, "replica");
}

TEST_F(DoctorTest, StallsAndSlowCalls) {
    expect("latency", Severity::unknown, "does not record");
    ask({"CONFIG", "SET", "latency-monitor-threshold", "1"});
    ask({"DEBUG", "SLEEP", "0.12"});
    expect("slow calls", Severity::warn, "DEBUG");
    auto const facts = wait(inspector.examine(""));
    ASSERT_TRUE(facts && facts->tempo.events && !facts->tempo.events->empty());
    EXPECT_GE(facts->tempo.events->front().max_ms, 100);
}

TEST_F(DoctorTest, KeysOfAWrongType) {
    ask({"DEL", keys.lane(Lane::normal), keys.control});
    ask({"SET", keys.lane(Lane::normal), "x"});
    ask({"SET", keys.control, "x"});
    ask({"SADD", space.agents(), "sentiment"});
    expect("types", Severity::fail, keys.lane(Lane::normal) + " is a string, not a stream");
}

TEST_F(DoctorTest, ALostGroup) {
    add({.id = "a", .payload = "1"});
    ask({"XGROUP", "DESTROY", keys.lane(Lane::normal), "workers"});
    expect("groups", Severity::fail, "has no group");
}

TEST_F(DoctorTest, AGroupThatIsAhead) {
    add({.id = "a", .payload = "1"});
    ask({"XGROUP", "SETID", keys.lane(Lane::normal), "workers", "9999999999999-0"});
    auto const facts = wait(inspector.examine(""));
    ASSERT_TRUE(facts);
    auto const findings = judge_agent(facts->agents.at(0), facts->tempo.now_s);
    EXPECT_THAT(findings.at(0).found, HasSubstr("ahead of its stream"));
    EXPECT_THAT(findings.at(1).found, HasSubstr("1 entries"));  // the task in it is stranded, too
}

TEST_F(DoctorTest, EntriesThatWereSkipped) {
    (void)start("w1", {.id = "a", .payload = "1"});
    expect("service", Severity::warn, "no live worker");  // a running one is not stranded
    add({.id = "b", .payload = "1"});
    ask({"XGROUP", "SETID", keys.lane(Lane::normal), "workers", "$"});
    expect("groups", Severity::fail, "1 entries");
}

TEST_F(DoctorTest, TasksOfAWorkerThatIsGone) {
    (void)start("w1", {.id = "a", .payload = "1"});
    ask({"HSET", keys.control, "lease_ms", "1"});
    ASSERT_TRUE(client.until([&] { return has("consumers"); }));  // two leases later
    expect("consumers", Severity::warn, "1 tasks are held by workers that are gone: w1");
    store::WorkerBeat const beat{.consumer = "w1"};
    ASSERT_TRUE(wait(store::beat(client.connection(), space, beat, std::chrono::seconds(20))));
    EXPECT_FALSE(has("consumers"));
}

// Users with few rights.
class DoctorOfRights : public DoctorTest {
  protected:
    // Logs in as a user with exactly these rights.
    void as(std::string const& rights) {
        std::vector<std::string> command{"ACL", "SETUSER", "bob", "reset", "on"};
        std::istringstream words(rights);
        for (std::string word; words >> word;)
            command.push_back(word);
        command.emplace_back(">secret");
        ASSERT_EQ(ask(command), "OK");
        auto options = redis::parse_url(server.url()).value();
        options.username = "bob";
        options.password = "secret";
        bob.emplace(context, options);
        inspector_of_bob.emplace(bob->connection());
    }
    Finding bob_says(std::string_view check, std::optional<store::AclRole> role = {}) {
        return say(*inspector_of_bob, check, role);
    }

    std::optional<testing::RedisClient> bob;
    std::optional<Inspector> inspector_of_bob;
};

TEST_F(DoctorOfRights, OtherKeysAndChannels) {
    as("+@all ~other:* &other:*");
    auto const finding = bob_says("rights");
    EXPECT_EQ(finding.severity, Severity::fail);
    EXPECT_THAT(finding.found, HasSubstr("user bob can be none of Leat's roles"));
    EXPECT_THAT(finding.found, HasSubstr("on the key leat:{"));
}

TEST_F(DoctorOfRights, NoTransactions) {
    as("+@all -multi ~leat:* &leat:*");
    EXPECT_EQ(bob_says("rights").severity, Severity::unknown);
    EXPECT_EQ(bob_says("agent").severity, Severity::ok);
}

TEST_F(DoctorOfRights, AlmostNone) {
    as("+ping +hello ~leat:*");
    EXPECT_EQ(bob_says("server").severity, Severity::unknown);
    EXPECT_EQ(bob_says("agents").severity, Severity::unknown);
    EXPECT_EQ(bob_says("scripts").severity, Severity::fail);
}

TEST_F(DoctorOfRights, OneRightOfAWorkerIsMissing) {
    as("+@all -xack ~leat:* &leat:*");
    auto const finding = bob_says("rights", store::AclRole::worker);
    EXPECT_EQ(finding.severity, Severity::fail);
    EXPECT_THAT(finding.found, HasSubstr("lacks, as a worker: XACK"));
    EXPECT_EQ(bob_says("rights", store::AclRole::viewer).severity, Severity::ok);
}

// A user of `leat acl` can do the transitions of its role.
class RightsOfARole : public DoctorOfRights {
  protected:
    void as_role(store::AclRole role) {
        ASSERT_TRUE(wait(store::load_scripts(client.connection())));  // workers and admins do it for the others
        std::string rules;
        for (auto const& rule : store::acl_rules(role, {}, "7.0"))
            rules += rule + " ";
        as(rules);
    }
};

TEST_F(RightsOfARole, AreEnoughForAProducer) {
    as_role(store::AclRole::producer);
    store::Store const mine(bob->connection());
    std::array const items{store::DispatchItem{.id = "a", .payload = "1"},
                           store::DispatchItem{.id = "b", .delay_ms = 60'000, .payload = "1"}};
    EXPECT_TRUE(wait(mine.dispatch(keys, items, 10)));
    EXPECT_TRUE(wait(mine.task(keys, "a")));
    EXPECT_TRUE(wait(mine.cancel(keys, "a")));
    EXPECT_TRUE(wait(mine.cancel(keys, "b")));
    EXPECT_TRUE(wait(mine.control(keys)));
}

TEST_F(RightsOfARole, AreEnoughForAWorker) {
    for (auto const* const id : {"good", "again", "bad", "back"})
        add({.id = id, .payload = "1"});
    as_role(store::AclRole::worker);
    store::Store const mine(bob->connection());
    EXPECT_TRUE(wait(mine.register_agent(space, keys, std::chrono::seconds(30))));
    std::array const credits{store::LaneCredit{Lane::normal, 10}};
    auto const deliveries = wait(mine.fetch(keys, "w1", credits));
    ASSERT_TRUE(deliveries);
    ASSERT_EQ(deliveries->size(), 4U);
    std::array const all{held((*deliveries)[0]), held((*deliveries)[1]), held((*deliveries)[2]),
                         held((*deliveries)[3])};
    EXPECT_TRUE(wait(mine.renew(keys, "w1", all)));
    std::array verdicts{verdict((*deliveries)[0], store::SettleVerdict::success, "1"),
                        verdict((*deliveries)[1], store::SettleVerdict::retry, "later"),
                        verdict((*deliveries)[2], store::SettleVerdict::dead, "no")};
    verdicts[1].delay_ms = 60'000;
    EXPECT_TRUE(wait(mine.settle(keys, "w1", verdicts, {}, kMinute, {})));
    EXPECT_TRUE(wait(mine.release(keys, "w1", std::span(all).subspan(3))));
    std::array const due{std::string("again")};
    EXPECT_TRUE(wait(mine.promote(keys, due)));
    EXPECT_TRUE(wait(mine.reclaim(keys, Lane::normal, "w2", std::chrono::minutes(1), "0-0", 10)));
    EXPECT_TRUE(wait(mine.prune_consumer(keys, "w1")));
    store::WorkerBeat const beat{.consumer = "w1"};
    EXPECT_TRUE(wait(store::beat(bob->connection(), space, beat, std::chrono::seconds(20))));
    EXPECT_TRUE(wait(store::silent_consumers(bob->connection(), space, keys, std::chrono::seconds(1))));
    std::array<store::AgentKeys const*, 1> const agents{&keys};
    EXPECT_TRUE(wait(store::sweep(bob->connection(), space, agents, std::chrono::hours(1), std::chrono::hours(1))));
    EXPECT_TRUE(wait(store::forget_worker(bob->connection(), space, "w1")));
    EXPECT_TRUE(wait(store::server_facts(bob->connection())));
    EXPECT_TRUE(wait(store::mend(bob->connection(), keys)));
    EXPECT_TRUE(wait(inspector_of_bob->audit("sentiment", store::AuditMode::repair)));
}

TEST_F(RightsOfARole, AreEnoughForAViewerAndAnAdmin) {
    auto const delivery = start("w1", {.id = "a", .payload = "1"});
    ASSERT_TRUE(settle("w1", verdict(delivery, store::SettleVerdict::dead, "no")));
    as_role(store::AclRole::viewer);
    EXPECT_TRUE(wait(inspector_of_bob->agents("", 10)));
    EXPECT_TRUE(wait(inspector_of_bob->pending("")));
    EXPECT_TRUE(wait(inspector_of_bob->workers(10)));
    EXPECT_TRUE(wait(inspector_of_bob->task("sentiment", "a")));
    EXPECT_TRUE(wait(inspector_of_bob->dead("sentiment", "", 10)));
    EXPECT_TRUE(wait(inspector_of_bob->results("sentiment", "", 10)));
    for (auto const state : {TaskState::ready, TaskState::running, TaskState::scheduled, TaskState::dead})
        EXPECT_TRUE(wait(inspector_of_bob->tasks("sentiment", {.state = state, .cursor = "", .limit = 10})));
    EXPECT_EQ(wait(inspector_of_bob->set_paused("sentiment", true)).error().code, ErrorCode::denied);
    as_role(store::AclRole::admin);
    EXPECT_TRUE(wait(inspector_of_bob->set_paused("sentiment", true)));
    EXPECT_TRUE(wait(inspector_of_bob->retry("sentiment", "a")));
    EXPECT_TRUE(wait(inspector_of_bob->move("sentiment", "a", 2)));
    EXPECT_TRUE(wait(inspector_of_bob->cancel("sentiment", "a")));
    EXPECT_TRUE(wait(inspector_of_bob->purge("sentiment", std::nullopt)));
    EXPECT_TRUE(wait(inspector_of_bob->audit("sentiment", store::AuditMode::repair)));
}

}  // namespace
}  // namespace leat::inspect
