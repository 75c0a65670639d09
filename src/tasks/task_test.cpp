#include "leat/task.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "leat/client.hpp"
#include "leat/handler.hpp"

namespace leat {
namespace {

TEST(Names, LanesAndStatesGoBothWays) {
    for (auto const lane : {Lane::critical, Lane::high, Lane::normal, Lane::low}) {
        EXPECT_EQ(lane_from_string(to_string(lane)), lane);
    }
    for (auto const state : {TaskState::scheduled, TaskState::ready, TaskState::running, TaskState::succeeded,
                             TaskState::dead, TaskState::cancelled, TaskState::expired}) {
        EXPECT_EQ(task_state_from_string(to_string(state)), state);
    }
    EXPECT_EQ(lane_from_string("urgent"), std::nullopt);
    EXPECT_EQ(task_state_from_string(""), std::nullopt);
    EXPECT_EQ(to_string(static_cast<Lane>(9)), "unknown");
}

TEST(Names, DurabilityGoesBothWays) {
    for (auto const* const text : {"memory", "replicated:1", "replicated:100", "fsync"}) {
        auto const durability = durability_from_string(text);
        ASSERT_TRUE(durability) << text;
        EXPECT_EQ(to_string(*durability), text);
    }
    for (auto const* const text : {"", "disk", "replicated", "replicated:", "replicated:0", "replicated:-1",
                                   "replicated:101", "replicated:1x", "replicated:99999999999", "fsync:1"}) {
        EXPECT_EQ(durability_from_string(text), std::nullopt) << text;
    }
}

TEST(Names, StatusesHaveStableNames) {
    EXPECT_EQ(to_string(DispatchStatus::created), "created");
    EXPECT_EQ(to_string(DispatchStatus::duplicate), "duplicate");
    EXPECT_EQ(to_string(DispatchStatus::full), "full");
    EXPECT_EQ(to_string(CancelStatus::cancelled), "cancelled");
    EXPECT_EQ(to_string(CancelStatus::requested), "requested");
    EXPECT_EQ(to_string(CancelStatus::terminal), "terminal");
    EXPECT_EQ(to_string(CancelReason::none), "none");
    EXPECT_EQ(to_string(CancelReason::cancelled), "cancelled");
    EXPECT_EQ(to_string(CancelReason::timeout), "timeout");
    EXPECT_EQ(to_string(CancelReason::lease_lost), "lease_lost");
    EXPECT_EQ(to_string(CancelReason::shutdown), "shutdown");
    EXPECT_EQ(to_string(static_cast<DispatchStatus>(9)), "unknown");
    EXPECT_EQ(to_string(static_cast<CancelStatus>(9)), "unknown");
}

TEST(Priority, MapsToLanesAndBack) {
    EXPECT_EQ(lane_of_priority(std::numeric_limits<std::int64_t>::min()), Lane::low);
    EXPECT_EQ(lane_of_priority(-1), Lane::low);
    EXPECT_EQ(lane_of_priority(0), Lane::normal);
    EXPECT_EQ(lane_of_priority(1), Lane::high);
    EXPECT_EQ(lane_of_priority(2), Lane::critical);
    EXPECT_EQ(lane_of_priority(std::numeric_limits<std::int64_t>::max()), Lane::critical);
    for (auto const lane : {Lane::critical, Lane::high, Lane::normal, Lane::low}) {
        EXPECT_EQ(lane_of_priority(priority_of_lane(lane)), lane);
    }
}

TEST(States, FourAreTerminal) {
    EXPECT_FALSE(is_terminal(TaskState::scheduled));
    EXPECT_FALSE(is_terminal(TaskState::ready));
    EXPECT_FALSE(is_terminal(TaskState::running));
    EXPECT_TRUE(is_terminal(TaskState::succeeded));
    EXPECT_TRUE(is_terminal(TaskState::dead));
    EXPECT_TRUE(is_terminal(TaskState::cancelled));
    EXPECT_TRUE(is_terminal(TaskState::expired));
}

TEST(Task, ParsesItsPayloadOnce) {
    Task const task("t-1", "echo", R"({"n":1})");
    EXPECT_EQ(task.payload().at("n"), 1);
    EXPECT_EQ(&task.payload(), &task.payload());
    EXPECT_EQ(task.id(), "t-1");
    EXPECT_EQ(task.agent(), "echo");
    EXPECT_EQ(task.payload_text(), R"({"n":1})");
}

TEST(Task, KeepsArraysAndNullAsTheyAre) {
    EXPECT_EQ(Task("t", "a", "[1]").payload(), json::parse("[1]"));
    EXPECT_TRUE(Task("t", "a", "null").payload().is_null());
}

TEST(Task, ThrowsForAPayloadThatIsNoJson) {
    Task const task("t-1", "echo", "{");
    EXPECT_THROW(static_cast<void>(task.payload()), json::parse_error);
    EXPECT_THROW(static_cast<void>(task.payload()), json::parse_error);
}

TEST(TaskResult, ParsesItsResult) {
    TaskResult result;
    EXPECT_TRUE(result.result().is_null());
    result.result_text = "[1]";
    EXPECT_EQ(result.result(), json::parse("[1]"));
}

TEST(CheckName, AcceptsItsAlphabet) {
    EXPECT_TRUE(check_name("task id", "AZaz09_.:-"));
    EXPECT_TRUE(check_name("task id", std::string(128, 'a')));
}

TEST(CheckName, RefusesWithASentence) {
    auto const message = [](std::string const& name) {
        auto const checked = check_name("task id", name);
        return checked ? std::string("accepted") : checked.error().message();
    };
    std::string const rule = "; use 1 to 128 characters of A-Z a-z 0-9 _ . : - (invalid_input)";
    EXPECT_EQ(message(""), "task id: it is empty" + rule);
    EXPECT_EQ(message(std::string(129, 'a')), "task id: it has 129 bytes" + rule);
    EXPECT_EQ(message("a b\n"), "task id: \"a b\\n\" has a character that is not allowed" + rule);
    EXPECT_EQ(message("{a}"), "task id: \"{a}\" has a character that is not allowed" + rule);
    EXPECT_EQ(message("ä"), "task id: \"ä\" has a character that is not allowed" + rule);
}

}  // namespace
}  // namespace leat
