#include <gtest/gtest.h>

#include "store/store.hpp"

namespace leat::store {
namespace {

TEST(ControlMessage, is_read_as_it_was_written) {
    for (auto const kind :
         {ControlKind::due, ControlKind::released, ControlKind::paused, ControlKind::resumed, ControlKind::policy}) {
        auto const read = decode_control(encode({.kind = kind}));
        ASSERT_TRUE(read);
        EXPECT_EQ(read->kind, kind);
        EXPECT_EQ(read->task_id, "");
    }
    EXPECT_EQ(encode({.kind = ControlKind::cancel, .task_id = "t1"}), "cancel t1");
    auto const cancel = decode_control("cancel t1");
    ASSERT_TRUE(cancel);
    EXPECT_EQ(cancel->kind, ControlKind::cancel);
    EXPECT_EQ(cancel->task_id, "t1");
}

TEST(ControlMessage, of_anybody_else_is_nothing) {
    for (auto const* const text :
         {"", " ", "cancel", "cancel ", "cancel two words", "cancel \n", "due now", "DUE", "stop"}) {
        EXPECT_FALSE(decode_control(text)) << text;
    }
}

TEST(DoneNotes, are_split_and_unreadable_parts_left_out) {
    auto const notes =
        decode_done("t1 succeeded\nt2 dead\n\nnonsense\nt3 running\nt4 ready\nt 5 dead\nt6 cancelled\nt7 expired");
    ASSERT_EQ(notes.size(), 4U);
    EXPECT_EQ(notes[0].task_id, "t1");
    EXPECT_EQ(notes[0].state, TaskState::succeeded);
    EXPECT_EQ(notes[1].state, TaskState::dead);
    EXPECT_EQ(notes[2].task_id, "t6");
    EXPECT_EQ(notes[3].state, TaskState::expired);
    EXPECT_TRUE(decode_done("").empty());
}

TEST(DoneNotes, tell_where_a_result_is_or_the_result) {
    auto const notes = decode_done(
        "t1 succeeded 5-2\nt2 succeeded 9-3 2 7 8 1-1/1 w1 {\"a\": 1}\nt3 succeeded 9-4 2 7 x 1-2/1 w1 1\n"
        "t4 succeeded 9 2 7 8 1-3/1 w1 1");
    ASSERT_EQ(notes.size(), 4U);
    EXPECT_EQ(notes[0].entry, "5-2");
    EXPECT_FALSE(notes[0].outcome);
    ASSERT_TRUE(notes[1].outcome);
    EXPECT_EQ(notes[1].outcome->task_id, "t2");
    EXPECT_EQ(notes[1].outcome->attempt, 2);
    EXPECT_EQ(notes[1].outcome->finished_at, 9);
    EXPECT_EQ(notes[1].outcome->processed_by, "w1");
    EXPECT_EQ(notes[1].outcome->result_text, R"({"a": 1})");
    EXPECT_EQ(notes[2].entry, "9-4");
    EXPECT_FALSE(notes[2].outcome) << "a time that is no number";
    EXPECT_FALSE(notes[3].outcome) << "an entry that is none";
}

}  // namespace
}  // namespace leat::store
