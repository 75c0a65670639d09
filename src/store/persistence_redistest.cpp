#include "store/persistence.hpp"

#include "store/store_fixture.hpp"

namespace leat::store {
namespace {

class PersistenceTest : public StoreFixture {};

TEST_F(PersistenceTest, TellsTheSettings) {
    auto facts = wait(persistence_facts(client.connection()));
    ASSERT_TRUE(facts) << facts.error().message();
    EXPECT_EQ(facts->role, "master");
    EXPECT_FALSE(facts->aof_enabled);
    EXPECT_EQ(facts->snapshots, false);
    EXPECT_EQ(facts->replicas, 0);

    ask({"CONFIG", "SET", "appendonly", "yes", "appendfsync", "always", "save", "900 1"});
    ask({"CONFIG", "SET", "min-replicas-to-write", "2", "no-appendfsync-on-rewrite", "yes"});
    facts = wait(persistence_facts(client.connection()));
    ASSERT_TRUE(facts);
    EXPECT_TRUE(facts->aof_enabled);
    EXPECT_EQ(facts->appendfsync, "always");
    EXPECT_EQ(facts->snapshots, true);
    EXPECT_TRUE(facts->fsync_paused_by_rewrite);
    EXPECT_EQ(facts->min_replicas, 2);
}

TEST_F(PersistenceTest, WithoutConfigTheRestIsKnown) {
    ask({"ACL", "SETUSER", testing::user_as(AclRole::admin), "-config"});
    auto const facts = wait(persistence_facts(client.connection()));
    ASSERT_TRUE(facts) << facts.error().message();
    EXPECT_EQ(facts->role, "master");
    EXPECT_EQ(facts->appendfsync, "");
    EXPECT_EQ(facts->snapshots, std::nullopt);
}

}  // namespace
}  // namespace leat::store
