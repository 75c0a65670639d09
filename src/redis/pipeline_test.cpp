#include "redis/pipeline.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "redis/resp_parser.hpp"

namespace leat::redis {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{1'000s};

class PipelineTest : public ::testing::Test {
  protected:
    // Queues commands with these names as one request.
    Pipeline::Ticket push(std::vector<std::string> const& names, TimePoint now = kStart) {
        std::vector<Command> commands;
        commands.reserve(names.size());
        for (auto const& name : names)
            commands.emplace_back(name);
        Request request;
        request.reply_timeout = reply_timeout_;
        request.queue_timeout = queue_timeout_;
        request.complete = [this, name = names.front()](Result<Reply> reply) {
            ends_[name] += reply ? std::to_string(reply->root().integer().value_or(-1)) + " "
                                 : std::string(to_string(reply.error().code)) + " ";
            if (!reply) details_[name] = reply.error().message();
        };
        return pipeline_.push(commands, request, now).value();
    }
    std::string take(TimePoint now = kStart) {
        std::string wire;
        pipeline_.take_wire(wire, now);
        std::string names;
        RespParser parser;
        parser.feed(wire);
        for (auto command = parser.next(); command && *command; command = parser.next()) {
            names += std::string((*command)->root()[0].text()) + " ";
        }
        return names;
    }
    bool reply(int value, TimePoint now = kStart) {
        RespParser parser;
        parser.feed(":" + std::to_string(value) + "\r\n");
        return pipeline_.on_reply(std::move(parser.next().value().value()), now);
    }

    std::chrono::milliseconds reply_timeout_ = 10s;
    std::chrono::milliseconds queue_timeout_ = 5s;
    std::map<std::string, std::string> ends_;
    std::map<std::string, std::string> details_;
    Pipeline pipeline_;
};

TEST_F(PipelineTest, OneWriteTakesEverythingQueued) {
    push({"A"});
    push({"B", "C"});
    EXPECT_TRUE(pipeline_.has_unsent());
    EXPECT_EQ(take(), "A B C ");
    EXPECT_FALSE(pipeline_.has_unsent());
    push({"D"});
    EXPECT_EQ(take(), "D ");
    EXPECT_EQ(take(), "");
}

TEST_F(PipelineTest, RepliesAreMatchedInOrder) {
    push({"A"});
    push({"B", "C"});
    push({"D"});
    take();
    for (int i = 1; i <= 4; ++i)
        EXPECT_TRUE(reply(i));
    EXPECT_EQ(ends_, (std::map<std::string, std::string>{{"A", "1 "}, {"B", "2 3 "}, {"D", "4 "}}));
    EXPECT_FALSE(pipeline_.awaits_reply());
}

TEST_F(PipelineTest, AReplyThatNobodyAskedForIsTold) {
    EXPECT_FALSE(reply(1));
    push({"A"});
    EXPECT_FALSE(reply(1)) << "not sent yet";
    take();
    EXPECT_TRUE(reply(1));
    EXPECT_FALSE(reply(2));
    EXPECT_EQ(ends_["A"], "1 ");
}

TEST_F(PipelineTest, ALossEndsWhatWasSentAndKeepsWhatWasNot) {
    pipeline_.on_connected();
    push({"A"});
    push({"B", "C"});
    take();
    EXPECT_TRUE(reply(1));
    EXPECT_TRUE(reply(2));
    push({"D"});
    pipeline_.on_lost("gone", kStart);
    EXPECT_EQ(ends_["B"], "2 unknown_outcome ");
    EXPECT_EQ(details_["B"], "B: gone (unknown_outcome)");
    EXPECT_EQ(ends_.count("D"), 0U);
    EXPECT_FALSE(pipeline_.awaits_reply());
    EXPECT_EQ(take(), "D ");
    EXPECT_TRUE(reply(4));
    EXPECT_EQ(ends_["D"], "4 ");
}

TEST_F(PipelineTest, UnsentCommandsEndAtTheirQueueDeadline) {
    queue_timeout_ = 3s;
    push({"A"});
    queue_timeout_ = 1s;
    push({"B", "B2"});
    queue_timeout_ = 2s;
    push({"C"});
    EXPECT_EQ(pipeline_.next_deadline(), kStart + 1s);
    pipeline_.expire_unsent("nobody there", kStart + 999ms);
    EXPECT_TRUE(ends_.empty());
    pipeline_.expire_unsent("nobody there", kStart + 1s);
    EXPECT_EQ(ends_["B"], "unavailable ");
    EXPECT_EQ(details_["B"], "B: nobody there (unavailable)");
    EXPECT_EQ(pipeline_.next_deadline(), kStart + 2s);
    EXPECT_EQ(take(), "A C ") << "the wire holds nothing of what has ended";
    EXPECT_TRUE(reply(1));
    EXPECT_TRUE(reply(3));
    EXPECT_EQ(ends_["A"] + ends_["C"], "1 3 ");
}

TEST_F(PipelineTest, TimeInTheQueueCountsOnlyWithoutConnection) {
    pipeline_.on_connected();
    push({"A"}, TimePoint());
    EXPECT_EQ(pipeline_.next_deadline(), std::nullopt);
    pipeline_.expire_unsent("x", kStart);
    EXPECT_TRUE(ends_.empty());
    pipeline_.on_lost("gone", kStart);
    EXPECT_EQ(pipeline_.next_deadline(), kStart + 5s);
    EXPECT_EQ(pipeline_.deadline_of_last(), kStart + 5s);
    pipeline_.expire_unsent("x", kStart + 5s);
    EXPECT_EQ(ends_["A"], "unavailable ");
    EXPECT_EQ(pipeline_.next_deadline(), std::nullopt);
}

TEST_F(PipelineTest, TheOldestReplyHasADeadline) {
    pipeline_.on_connected();
    reply_timeout_ = 60s;
    push({"BLOCKING"});
    reply_timeout_ = 10s;
    push({"NEXT"});
    EXPECT_EQ(pipeline_.overdue(kStart + 1h), std::nullopt) << "nothing is sent";
    take(kStart);
    EXPECT_EQ(pipeline_.next_deadline(), kStart + 60s);
    EXPECT_EQ(pipeline_.overdue(kStart + 59s), std::nullopt);
    EXPECT_EQ(pipeline_.overdue(kStart + 60s), "BLOCKING");
    // A reply behind a slow one gets its whole time.
    EXPECT_TRUE(reply(1, kStart + 50s));
    EXPECT_EQ(pipeline_.next_deadline(), kStart + 60s);
    EXPECT_EQ(pipeline_.overdue(kStart + 59s), std::nullopt);
    EXPECT_EQ(pipeline_.overdue(kStart + 60s), "NEXT");
}

TEST_F(PipelineTest, LaterWritesDoNotDelayTheDeadline) {
    pipeline_.on_connected();
    push({"A"});
    take(kStart);
    push({"B"});
    take(kStart + 9s);
    EXPECT_EQ(pipeline_.overdue(kStart + 10s), "A");
}

TEST_F(PipelineTest, AbsurdTimeoutsDoNotOverflow) {
    reply_timeout_ = std::chrono::milliseconds::max();
    queue_timeout_ = std::chrono::milliseconds::max();
    push({"A"});
    EXPECT_GT(pipeline_.next_deadline(), kStart);
    take();
    EXPECT_GT(pipeline_.next_deadline(), kStart);
}

TEST_F(PipelineTest, FailUnsentLeavesWhatWasSent) {
    push({"A"});
    take();
    push({"B"});
    pipeline_.fail_unsent(ErrorCode::denied, "no");
    EXPECT_EQ(ends_, (std::map<std::string, std::string>{{"B", "denied "}}));
    EXPECT_TRUE(reply(1));
    EXPECT_EQ(ends_["A"], "1 ");
    EXPECT_EQ(take(), "");
}

TEST_F(PipelineTest, FailAllEndsEverythingOnce) {
    push({"A", "A2"});
    take();
    EXPECT_TRUE(reply(1));
    push({"B"});
    pipeline_.fail_all(ErrorCode::cancelled, "closed");
    pipeline_.fail_all(ErrorCode::cancelled, "closed");
    EXPECT_EQ(ends_["A"], "1 cancelled ");
    EXPECT_EQ(ends_["B"], "cancelled ");
    EXPECT_EQ(pipeline_.next_deadline(), std::nullopt);
    EXPECT_EQ(take(), "");
}

TEST_F(PipelineTest, AnAbandonedReplyIsStillAwaited) {
    auto const first = push({"A"});
    auto const second = push({"B"});
    take();
    auto const abandoned = pipeline_.abandon(first);
    EXPECT_TRUE(abandoned);
    EXPECT_FALSE(pipeline_.abandon(first)) << "ends once";
    EXPECT_TRUE(reply(1));
    EXPECT_TRUE(reply(2));
    EXPECT_EQ(ends_, (std::map<std::string, std::string>{{"B", "2 "}}));
    EXPECT_FALSE(pipeline_.abandon(second)) << "has ended";
    EXPECT_FALSE(pipeline_.abandon(99));
}

TEST_F(PipelineTest, TicketsSurviveThatOthersExpire) {
    queue_timeout_ = 1s;
    push({"A"});
    queue_timeout_ = 9s;
    auto const ticket = push({"B"});
    pipeline_.expire_unsent("x", kStart + 1s);
    EXPECT_TRUE(pipeline_.abandon(ticket));
}

TEST_F(PipelineTest, AQueueThatIsFullTakesNothing) {
    auto const large = Command("SET").arg(std::string(kMaxUnsentBytes, 'x'));
    Request request;
    EXPECT_TRUE(pipeline_.push({&large, 1}, request, kStart));
    bool told = false;
    request.complete = [&](Result<Reply>) { told = true; };
    Command const small("PING");
    EXPECT_FALSE(pipeline_.push({&small, 1}, request, kStart));
    ASSERT_TRUE(request.complete);
    request.complete(Reply());
    EXPECT_TRUE(told);
}

TEST_F(PipelineTest, KnowsWhenAPushIsTheAnswer) {
    Request request;
    request.confirmed_by_push = true;
    auto const subscribe = Command("SUBSCRIBE").arg("c");
    (void)pipeline_.push({&subscribe, 1}, request, kStart);
    EXPECT_FALSE(pipeline_.awaits_push());
    push({"PING"});
    take();
    EXPECT_TRUE(pipeline_.awaits_push());
    EXPECT_TRUE(reply(1));
    EXPECT_FALSE(pipeline_.awaits_push());
}

}  // namespace
}  // namespace leat::redis
