// Dispatches that wait for replicas or the disk, against real servers; WAITAOF against one that is made up.
#include <gmock/gmock.h>

#include "scripts.gen.hpp"
#include "store/store_fixture.hpp"
#include "support/fake_redis.hpp"
#include "support/replicas.hpp"

namespace leat::store {
namespace {

using namespace std::chrono_literals;
using testing::FakeRedis;
using ::testing::HasSubstr;
using testing::replicate;
using testing::TcpServer;

class DurabilityTest : public ::testing::Test {
  protected:
    Result<DurableReply> dispatch(redis::ConnectOptions options, Durability wanted, std::string id = "t1",
                                  std::chrono::milliseconds timeout = 30s) {
        testing::RedisClient client(context, std::move(options));
        auto const store = Store(client.connection());
        std::array const items{DispatchItem{.id = std::move(id), .payload = "{}"}};
        return client.wait(client.start(store.dispatch_durably(keys, items, std::nullopt, wanted, timeout)));
    }
    Result<DurableReply> dispatch(testing::RedisServer const& server, Durability wanted, std::string id = "t1",
                                  std::chrono::milliseconds timeout = 30s) {
        return dispatch(redis::parse_url(server.url()).value(), wanted, std::move(id), timeout);
    }

    boost::asio::io_context context;
    AgentKeys keys = KeySpace().agent("sentiment");
};

TEST_F(DurabilityTest, ReplicasConfirm) {
    TcpServer const master;
    TcpServer const replica;
    replicate(master, replica);
    auto const reply = dispatch(master, Durability::replicated(1));
    ASSERT_TRUE(reply) << reply.error().message();
    EXPECT_EQ(reply->items.at(0).status, DispatchStatus::created);
    EXPECT_EQ(reply->reached, Durability::replicated(1));
    EXPECT_EQ(reply->shortfall, "");
    EXPECT_EQ(replica.command({"EXISTS", keys.task("t1")}), "1");
}

TEST_F(DurabilityTest, ASilentReplicaLeavesTheTaskStored) {
    TcpServer const master;
    TcpServer replica;
    replicate(master, replica);
    replica.pause();
    auto const late = dispatch(master, Durability::replicated(1), "t1", 50ms);
    ASSERT_TRUE(late) << late.error().message();
    EXPECT_EQ(late->reached, Durability::memory());
    EXPECT_EQ(late->shortfall, "only 0 of 1 replicas confirmed it within 50 ms");
    EXPECT_EQ(master.command({"EXISTS", keys.task("t1")}), "1");

    // The same task on another connection: a duplicate, and the replica has what somebody else wrote.
    replica.resume();
    auto const again = dispatch(master, Durability::replicated(1));
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(again->items.at(0).status, DispatchStatus::duplicate);
    EXPECT_EQ(again->reached, Durability::replicated(1));
    EXPECT_EQ(replica.command({"EXISTS", keys.task("t1")}), "1");
}

TEST_F(DurabilityTest, AServerThatAlwaysSyncs) {
    testing::RedisServer const server({"--appendonly", "yes", "--appendfsync", "always"});
    auto const reply = dispatch(server, Durability::fsync());
    ASSERT_TRUE(reply) << reply.error().message();
    EXPECT_EQ(reply->reached, Durability::fsync());
}

TEST_F(DurabilityTest, AServerThatCannotSyncIsToldFromTheFirst) {
    testing::RedisServer const server;
    auto const memory = dispatch(server, Durability::fsync());
    ASSERT_FALSE(memory);
    EXPECT_EQ(memory.error().code, ErrorCode::unsupported);
    EXPECT_THAT(memory.error().detail, HasSubstr("set appendonly yes"));
    server.command({"CONFIG", "SET", "appendonly", "yes"});
    if (!server.command({"WAITAOF", "0", "0", "0"}).starts_with("ERR")) GTEST_SKIP() << "this server has WAITAOF";
    auto const everysec = dispatch(server, Durability::fsync());
    ASSERT_FALSE(everysec);
    EXPECT_EQ(everysec.error().code, ErrorCode::unsupported);
    EXPECT_THAT(everysec.error().detail, HasSubstr("set appendfsync always"));
    EXPECT_EQ(server.command({"DBSIZE"}), "0");
}

std::string const kSettings = "%2\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n$11\r\nappendfsync\r\n$8\r\neverysec\r\n";
std::string const kSynced = "*2\r\n:1\r\n:0\r\n";
std::string const kNotSynced = "*2\r\n:0\r\n:0\r\n";
std::string const kCreated = "$1\r\nc\r\n";

redis::ConnectOptions to(FakeRedis const& server) {
    redis::ConnectOptions options;
    options.port = server.port();
    return options;
}

TEST_F(DurabilityTest, WaitaofFollowsTheScript) {
    FakeRedis const server(context, {{FakeRedis::kHello, FakeRedis::kPong, kSettings + kSynced, kCreated + kSynced}});
    auto const reply = dispatch(to(server), Durability::fsync());
    ASSERT_TRUE(reply) << reply.error().message();
    EXPECT_EQ(reply->reached, Durability::fsync());
    auto const& sent = server.received();
    auto const script = sent.find("EVALSHA");
    EXPECT_NE(script, std::string::npos);
    EXPECT_NE(sent.find("$7\r\nWAITAOF\r\n$1\r\n1\r\n$1\r\n0\r\n$5\r\n30000\r\n", script), std::string::npos) << sent;
}

TEST_F(DurabilityTest, WaitaofCountsEvenWhenItsTimeIsOver) {
    FakeRedis const server(context,
                           {{FakeRedis::kHello, FakeRedis::kPong, kSettings + kSynced, kCreated + kNotSynced}});
    auto const reply = dispatch(to(server), Durability::fsync());
    ASSERT_TRUE(reply) << reply.error().message();
    EXPECT_EQ(reply->items.at(0).status, DispatchStatus::created);
    EXPECT_EQ(reply->reached, Durability::memory());
    EXPECT_THAT(reply->shortfall, HasSubstr("did not sync"));
}

TEST_F(DurabilityTest, AForgottenScriptIsLoadedInFrontOfTheWait) {
    std::string const unknown = "-NOSCRIPT No matching script. Please use EVAL.\r\n";
    std::string const loaded = "$40\r\n" + std::string(scripts::kDispatch.sha1) + "\r\n";
    // What WAITAOF says behind a script that did not run counts for nothing.
    FakeRedis const server(context, {{FakeRedis::kHello, FakeRedis::kPong, kSettings + kSynced, unknown + kSynced,
                                      loaded + kCreated + kNotSynced}});
    auto const reply = dispatch(to(server), Durability::fsync());
    ASSERT_TRUE(reply) << reply.error().message();
    EXPECT_EQ(reply->reached, Durability::memory());
}

TEST_F(DurabilityTest, ALostConnectionBehindTheScriptIsUnknown) {
    FakeRedis const server(context,
                           {{FakeRedis::kHello, FakeRedis::kPong, kSettings + kSynced, kCreated, FakeRedis::kClose}});
    redis::ConnectOptions options = to(server);
    options.command_timeout = 100ms;
    auto const reply = dispatch(options, Durability::fsync(), "t1", 1ms);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::unknown_outcome);
}

}  // namespace
}  // namespace leat::store
