#include "redis/subscriber.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "async/task_group.hpp"
#include "support/coroutine.hpp"
#include "support/redis_server.hpp"

namespace leat::redis {
namespace {

using namespace std::chrono_literals;
using testing::RedisServer;
using Strings = std::vector<std::string>;

class SubscriberTest : public ::testing::Test {
  protected:
    void start(RedisServer const& server) {
        auto options = parse_url(server.url()).value();
        options.reconnect_delay_min = 1ms;
        options.reconnect_delay_max = 20ms;
        SubscriberEvents events;
        events.on_message = [this](std::string_view channel, std::string_view payload) {
            messages_.push_back(std::string(channel) + "=" + std::string(payload));
        };
        events.on_subscribed = [this](std::string_view channel) { subscribed_.emplace_back(channel); };
        events.on_disconnected = [this](Error const& error, int failures) {
            losses_.push_back(std::to_string(failures) + " " + std::string(to_string(error.code)));
        };
        subscriber_.emplace(context_.get_executor(), options, std::move(events));
        tasks_.spawn(subscriber_->run());
    }
    void TearDown() override {
        subscriber_->close();
        EXPECT_TRUE(until([&] { return tasks_.size() == 0; }));
    }
    bool until(std::function<bool()> const& done) {
        auto const deadline = std::chrono::steady_clock::now() + testing::kTestLimit;
        while (!done()) {
            if (std::chrono::steady_clock::now() >= deadline) return false;
            context_.restart();
            context_.run_one_for(20ms);
        }
        return true;
    }
    bool until_messages(std::size_t count) {
        return until([this, count] { return messages_.size() >= count; });
    }
    bool until_subscribed(std::size_t count) {
        return until([this, count] { return subscribed_.size() >= count; });
    }

    boost::asio::io_context context_{1};
    async::TaskGroup tasks_{context_.get_executor()};
    std::optional<Subscriber> subscriber_;
    Strings messages_;
    Strings subscribed_;
    Strings losses_;
};

TEST_F(SubscriberTest, DeliversWhatIsPublished) {
    RedisServer const server;
    start(server);
    subscriber_->subscribe("a");
    subscriber_->subscribe("b");
    subscriber_->subscribe("a");
    ASSERT_TRUE(until_subscribed(2));
    EXPECT_EQ(subscribed_, (Strings{"a", "b"}));
    server.command({"PUBLISH", "a", "1"});
    server.command({"PUBLISH", "c", "not ours"});
    server.command({"PUBLISH", "b", std::string("2\0\r\n", 4)});
    ASSERT_TRUE(until_messages(2));
    EXPECT_EQ(messages_, (Strings{"a=1", std::string("b=2\0\r\n", 6)}));
}

TEST_F(SubscriberTest, ChannelsComeAndGoWhileConnected) {
    RedisServer const server;
    start(server);
    subscriber_->subscribe("a");
    ASSERT_TRUE(until_subscribed(1));
    subscriber_->subscribe("b");
    ASSERT_TRUE(until_subscribed(2));
    subscriber_->unsubscribe("a");
    subscriber_->unsubscribe("never");
    EXPECT_TRUE(until([&] { return server.command({"PUBSUB", "CHANNELS"}) == "b"; }));
    server.command({"PUBLISH", "b", "1"});
    ASSERT_TRUE(until_messages(1));
    subscriber_->subscribe("a");
    ASSERT_TRUE(until_subscribed(3));
    EXPECT_EQ(messages_, (Strings{"b=1"}));
}

TEST_F(SubscriberTest, SubscriptionsSurviveLosses) {
    RedisServer server;
    start(server);
    subscriber_->subscribe("a");
    ASSERT_TRUE(until_subscribed(1));
    server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
    ASSERT_TRUE(until_subscribed(2));
    server.command({"PUBLISH", "a", "1"});
    ASSERT_TRUE(until_messages(1));
    EXPECT_EQ(losses_, (Strings{"1 unavailable"}));

    server.kill();
    ASSERT_TRUE(until([&] { return losses_.size() >= 3; }));
    subscriber_->subscribe("b");
    server.start();
    ASSERT_TRUE(until_subscribed(4));
    server.command({"PUBLISH", "a", "2"});
    server.command({"PUBLISH", "b", "3"});
    ASSERT_TRUE(until_messages(3));
    EXPECT_EQ(messages_, (Strings{"a=1", "a=2", "b=3"}));
}

TEST_F(SubscriberTest, ARefusedChannelIsToldAndTheOthersServe) {
    RedisServer const server;
    server.command({"ACL", "SETUSER", "default", "resetchannels", "&good"});
    start(server);
    subscriber_->subscribe("bad");
    subscriber_->subscribe("good");
    ASSERT_TRUE(until([&] { return !losses_.empty() && !subscribed_.empty(); }));
    EXPECT_EQ(subscribed_, (Strings{"good"}));
    EXPECT_EQ(losses_, (Strings{"0 denied"}));
    server.command({"PUBLISH", "good", "1"});
    ASSERT_TRUE(until_messages(1));
}

TEST_F(SubscriberTest, WorksInResp2) {
    RedisServer const server({"--rename-command", "HELLO", ""});
    start(server);
    subscriber_->subscribe("a");
    subscriber_->subscribe("b");
    ASSERT_TRUE(until_subscribed(2));
    server.command({"PUBLISH", "b", "1"});
    ASSERT_TRUE(until_messages(1));
    server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
    ASSERT_TRUE(until_subscribed(4));
    server.command({"PUBLISH", "a", "2"});
    ASSERT_TRUE(until_messages(2));
    EXPECT_EQ(messages_, (Strings{"b=1", "a=2"}));
}

TEST_F(SubscriberTest, CloseEndsItWithoutAServer) {
    RedisServer server;
    server.kill();
    start(server);
    subscriber_->subscribe("a");
    ASSERT_TRUE(until([&] { return !losses_.empty(); }));
}  // TearDown checks the rest

}  // namespace
}  // namespace leat::redis
