#include <gtest/gtest.h>

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

}  // namespace
}  // namespace leat::store
