#include "inspect/durability.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace leat::inspect {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

store::PersistenceFacts aof(std::string policy) {
    store::PersistenceFacts facts;
    facts.aof_enabled = true;
    facts.appendfsync = std::move(policy);
    return facts;
}

store::PersistenceFacts no_aof(std::optional<bool> snapshots) {
    store::PersistenceFacts facts;
    facts.appendfsync = "everysec";  // what the setting says counts for nothing without a file
    facts.snapshots = snapshots;
    return facts;
}

TEST(Durability, TheSettingsDecideTheRow) {
    EXPECT_EQ(durability_of(aof("always")), DurabilityRow::aof_always);
    EXPECT_EQ(durability_of(aof("everysec")), DurabilityRow::aof_everysec);
    EXPECT_EQ(durability_of(aof("no")), DurabilityRow::aof_no);
    EXPECT_EQ(durability_of(aof("")), DurabilityRow::aof_unreadable);
    EXPECT_EQ(durability_of(no_aof(true)), DurabilityRow::snapshots);
    EXPECT_EQ(durability_of(no_aof(false)), DurabilityRow::memory_only);
    EXPECT_EQ(durability_of(no_aof(std::nullopt)), DurabilityRow::no_aof);
}

TEST(Durability, EachRowHasItsLine) {
    std::set<std::string_view> names;
    for (auto const& loss : durability_table()) {
        EXPECT_EQ(&loss_of(loss.row), &loss);
        EXPECT_TRUE(names.insert(loss.name).second) << loss.name;
    }
    EXPECT_EQ(names.size(), 7U);
}

TEST(Durability, AdviceSaysWhatToSet) {
    EXPECT_THAT(durability_advice(aof("everysec")), IsEmpty());
    EXPECT_THAT(durability_advice(no_aof(true)), ElementsAre(HasSubstr("appendonly yes")));
    EXPECT_THAT(durability_advice(aof("no")), ElementsAre(HasSubstr("appendfsync everysec")));
    auto facts = aof("always");
    facts.fsync_paused_by_rewrite = true;
    facts.replicas = 2;
    EXPECT_THAT(durability_advice(facts),
                ElementsAre(HasSubstr("no-appendfsync-on-rewrite no"), HasSubstr("min-replicas-to-write 1")));
    facts.min_replicas = 1;
    EXPECT_THAT(durability_advice(facts), ElementsAre(HasSubstr("no-appendfsync-on-rewrite no")));
}

TEST(Durability, TheDocumentHasTheSameTable) {
    std::ostringstream document;
    document << std::ifstream(LEAT_SOURCE_DIR "/docs/durability.md").rdbuf();
    for (auto const& loss : durability_table()) {
        std::ostringstream line;
        line << "| `" << loss.name << "` | " << loss.settings << " | " << loss.kill << " | " << loss.power << " | "
             << kFailoverLoss << " |";
        EXPECT_THAT(document.str(), HasSubstr(line.str()));
    }
}

}  // namespace
}  // namespace leat::inspect
