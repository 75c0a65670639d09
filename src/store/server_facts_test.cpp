#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "store/store_worker.hpp"

namespace leat::store {
namespace {

bool supported(std::string kind, std::string version) {
    ServerFacts facts;
    facts.kind = std::move(kind);
    facts.version = std::move(version);
    return is_supported(facts);
}

TEST(ServerFacts, RedisFrom7AndValkeyFrom8AreSupported) {
    EXPECT_TRUE(supported("redis", "7.0.0"));
    EXPECT_TRUE(supported("redis", "8.2.1"));
    EXPECT_FALSE(supported("redis", "6.2.14"));
    EXPECT_TRUE(supported("valkey", "8.0.0"));
    EXPECT_TRUE(supported("valkey", "9.1.2"));
    EXPECT_FALSE(supported("valkey", "7.2.11"));
    EXPECT_FALSE(supported("redis", ""));
}

TEST(ServerFacts, OfAHealthyMaster) {
    auto const facts = server_facts_of(
        "redis_version:7.0.15\r\nrole:master\r\nconnected_slaves:0\r\nmaster_repl_offset:900\r\nloading:0\r\n"
        "rdb_last_bgsave_status:ok\r\naof_enabled:1\r\naof_last_bgrewrite_status:ok\r\naof_last_write_status:ok\r\n");
    EXPECT_TRUE(facts.aof_enabled && facts.aof_write_ok && facts.save_ok && facts.link_ok);
    EXPECT_FALSE(facts.loading);
    EXPECT_EQ(facts.replicas, 0);
    EXPECT_EQ(facts.replica_lag_bytes, 0);
}

TEST(ServerFacts, TellFailuresOfTheDisk) {
    EXPECT_FALSE(server_facts_of("rdb_last_bgsave_status:err\r\n").save_ok);
    EXPECT_FALSE(server_facts_of("aof_last_write_status:err\r\n").aof_write_ok);
    EXPECT_FALSE(server_facts_of("aof_last_bgrewrite_status:err\r\naof_last_write_status:ok\r\n").aof_write_ok);
    EXPECT_TRUE(server_facts_of("loading:1\r\n").loading);
}

TEST(ServerFacts, TellTheReplicaThatIsFurthestBehind) {
    auto const facts = server_facts_of(
        "role:master\r\nconnected_slaves:2\r\n"
        "slave0:ip=10.0.0.2,port=6379,state=online,offset=990,lag=0\r\n"
        "slave1:ip=10.0.0.3,port=6379,state=online,offset=400,lag=7\r\nmaster_repl_offset:1000\r\n");
    EXPECT_EQ(facts.replicas, 2);
    EXPECT_EQ(facts.replica_lag_bytes, 600);
    EXPECT_EQ(facts.replica_lag_seconds, 7);
    EXPECT_TRUE(facts.link_ok);
}

TEST(ServerFacts, TellAReplicaThatLostItsMaster) {
    EXPECT_FALSE(server_facts_of("role:slave\r\nmaster_link_status:down\r\n").link_ok);
    EXPECT_TRUE(server_facts_of("role:slave\r\nmaster_link_status:up\r\n").link_ok);
}

// Nothing that is read from a server may make a number out of nonsense.
TEST(ServerFacts, OfNonsenseAreHarmless) {
    auto const facts = server_facts_of("connected_slaves:99999999999\r\nslave0:offset\r\nslave1:,,=,lag=x\r\n");
    EXPECT_EQ(facts.replica_lag_bytes, 0);
    EXPECT_EQ(facts.replica_lag_seconds, 0);
}

}  // namespace
}  // namespace leat::store
