#include <gtest/gtest.h>

#include "inspect/inspector.hpp"
#include "store/store_fixture.hpp"

namespace leat::inspect {
namespace {

class InspectorAuditTest : public store::StoreFixture {
  protected:
    AuditReport audit(store::AuditMode mode) {
        auto report = wait(inspector.audit("sentiment", mode));
        EXPECT_TRUE(report);
        return report.value_or(AuditReport{});
    }

    Inspector inspector{client.connection()};
};

TEST_F(InspectorAuditTest, CountsWhatItRepairsAndReports) {
    add({.id = "whole", .payload = "{}"});
    add({.id = "parked", .delay_ms = 60'000, .payload = "{}"});
    add({.id = "lost", .lane = Lane::low, .payload = "{}"});
    ask({"DEL", keys.scheduled, keys.lane(Lane::low)});
    auto const seen = audit(store::AuditMode::look);
    EXPECT_EQ(seen.repaired, (store::Counters{{"rescheduled", 1}}));
    EXPECT_EQ(ask({"ZCARD", keys.scheduled}), "0") << "a look changes nothing";
    auto const done = audit(store::AuditMode::repair);
    EXPECT_EQ(done.agent, "sentiment");
    EXPECT_EQ(done.checked, 4) << "a message and three records";
    EXPECT_EQ(done.repaired, (store::Counters{{"rescheduled", 1}}));
    EXPECT_EQ(done.reported, (store::Counters{{"missing", 1}}));
    EXPECT_EQ(done.findings.size(), 2U);
    EXPECT_EQ(done.tally.live, 2);
    EXPECT_EQ(done.tally.counted, 3) << "the lost one has not ended";
    EXPECT_EQ(audit(store::AuditMode::repair).repaired, store::Counters{});
}

TEST_F(InspectorAuditTest, BooksWhatTheCountersAreOffBy) {
    add({.id = "whole", .payload = "{}"});
    add({.id = "gone", .lane = Lane::low, .payload = "{}"});
    ask({"DEL", keys.task("gone"), keys.lane(Lane::low)});
    auto const seen = audit(store::AuditMode::look);
    EXPECT_EQ(seen.tally.drift(), -1);
    EXPECT_TRUE(seen.steady);
    EXPECT_EQ(seen.booked, 0);
    EXPECT_EQ(total("unaccounted"), "") << "a look changes nothing";
    auto const done = audit(store::AuditMode::repair);
    EXPECT_EQ(done.booked, -1);
    EXPECT_EQ(done.tally.drift(), 0);
    EXPECT_EQ(total("unaccounted"), "-1");
    EXPECT_EQ(audit(store::AuditMode::repair).booked, 0);
    EXPECT_EQ(audit(store::AuditMode::look).tally.counted, 1);
}

TEST_F(InspectorAuditTest, LeavesTheCountersWhileATaskIsMissing) {
    add({.id = "lost", .payload = "{}"});
    ask({"DEL", keys.lane(Lane::normal)});
    EXPECT_EQ(audit(store::AuditMode::repair).booked, 0);
    EXPECT_EQ(total("unaccounted"), "") << "it will be dead, and counted";
}

TEST_F(InspectorAuditTest, RefusesWhatIsNoAgent) {
    auto const refused = wait(inspector.audit("no such\nname", store::AuditMode::look));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_input);
}

}  // namespace
}  // namespace leat::inspect
