#include "tasks/trace_context.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace leat::tasks {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kSampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(Traceparent, OfVersion00IsRead) {
    auto const context = parse_traceparent(kSampled);
    ASSERT_TRUE(context);
    EXPECT_EQ(context->trace_id(), "0af7651916cd43dd8448eb211c80319c");
    EXPECT_EQ(context->span_id(), "b7ad6b7169203331");
    EXPECT_TRUE(context->sampled);
    EXPECT_EQ(context->text(), kSampled);
    for (auto const& [flags, sampled] : {std::pair("00", false), {"01", true}, {"02", false}, {"ff", true}}) {
        auto const other =
            parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-" + std::string(flags));
        ASSERT_TRUE(other) << flags;
        EXPECT_EQ(other->sampled, sampled) << flags;
    }
}

TEST(Traceparent, OfAHigherVersionIsReadAsFarAsItIsKnown) {
    for (auto const* const text : {"01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                   "fe-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03",
                                   "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-brings",
                                   "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-"}) {
        auto const context = parse_traceparent(text);
        ASSERT_TRUE(context) << text;
        EXPECT_EQ(context->text(), kSampled) << "handed on as what this program knows";
    }
}

TEST(Traceparent, ThatIsNoneIsRefused) {
    for (auto const* const text : {
             "",
             "00",
             "t",
             "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
             "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
             "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
             "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more",
             "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
             "00-0af7651916cd43dd8448eb211c80319c-B7AD6B7169203331-01",
             "00-00000000000000000000000000000000-b7ad6b7169203331-01",
             "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
             "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
             "0x-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
             "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
             "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
             "00-0af7651916cd43dd8448eb211c80319cb-7ad6b7169203331-01",
             "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331 01",
             " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
             "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 ",
             "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n",
         }) {
        EXPECT_FALSE(parse_traceparent(text)) << text;
    }
    EXPECT_FALSE(parse_traceparent(std::string_view("00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333\0-01", 55)));
}

TEST(Traceparent, IsCheckedWithAdvice) {
    EXPECT_EQ(checked_traceparent("dispatch", ""), "");
    EXPECT_EQ(checked_traceparent("dispatch", std::string(kSampled)), kSampled);
    auto const odd_flags = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03";
    EXPECT_EQ(checked_traceparent("dispatch", odd_flags), odd_flags);
    EXPECT_EQ(checked_traceparent("dispatch", "07" + std::string(kSampled.substr(2)) + "-x"), kSampled);
    auto const refused = checked_traceparent("dispatch", "00-\x1b[31m" + std::string(10'000, 'x'));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_input);
    EXPECT_EQ(refused.error().operation, "dispatch");
    EXPECT_THAT(refused.error().detail, AllOf(HasSubstr("leave it out"), Not(HasSubstr("\x1b"))));
    EXPECT_LT(refused.error().detail.size(), 400U);
}

TEST(TraceContexts, AreNewAndValid) {
    core::Random random(1);
    std::set<std::string> seen;
    for (int i = 0; i < 1'000; ++i) {
        auto const context = new_trace(random);
        EXPECT_TRUE(context.sampled);
        EXPECT_EQ(parse_traceparent(context.text()), context);
        auto const child = child_of(context, random);
        EXPECT_EQ(child.trace, context.trace);
        EXPECT_NE(child.span, context.span);
        seen.insert(std::string(context.trace_id()));
        seen.insert(std::string(child.span_id()));
    }
    EXPECT_EQ(seen.size(), 2'000U);
    core::Random again(1);
    core::Random once_more(1);
    EXPECT_EQ(new_trace(again), new_trace(once_more)) << "randomness is a parameter";
}

TEST(TraceContexts, OfUnsampledParentsAreUnsampled) {
    core::Random random(1);
    auto const parent = parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");
    ASSERT_TRUE(parent);
    EXPECT_THAT(child_of(*parent, random).text(), ::testing::EndsWith("-00"));
}

TEST(TraceContexts, OfOneTaskShareATrace) {
    core::Random one(1);
    core::Random other(2);
    auto const first = trace_of_task("sentiment/t-1", 1'700'000'000'000, one);
    auto const second = trace_of_task("sentiment/t-1", 1'700'000'000'000, other);
    EXPECT_EQ(first.trace, second.trace);
    EXPECT_NE(first.span, second.span);
    EXPECT_TRUE(first.sampled);
    EXPECT_TRUE(parse_traceparent(first.text()));
    EXPECT_NE(trace_of_task("sentiment/t-1", 1'700'000'000'001, one).trace, first.trace) << "the id used again";
    EXPECT_NE(trace_of_task("sentiment/t-2", 1'700'000'000'000, one).trace, first.trace);
}

}  // namespace
}  // namespace leat::tasks
