// The client against real servers: levels of durability, and servers that are not there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "leat/leat.hpp"
#include "support/free_port.hpp"
#include "support/replicas.hpp"

namespace leat {
namespace {

using namespace std::chrono_literals;
using leat::testing::info;
using leat::testing::RedisServer;
using leat::testing::replicate;
using leat::testing::TcpServer;
using ::testing::HasSubstr;

ClientOptions options_for(RedisServer const& server, Durability durability = {}) {
    ClientOptions options;
    options.redis = server.url();
    options.durability = durability;
    options.durability_timeout = 30s;
    return options;
}

DispatchOptions named(std::string id) {
    DispatchOptions options;
    options.id = std::move(id);
    return options;
}

boost::asio::awaitable<std::vector<std::thread::id>> threads_of_calls(Client& client) {
    std::vector<std::thread::id> threads{std::this_thread::get_id()};
    auto const receipt = co_await client.async_dispatch("sentiment", "x");
    threads.push_back(std::this_thread::get_id());
    auto const cancelled = co_await client.async_cancel("sentiment", receipt.value().task_id);
    threads.push_back(std::this_thread::get_id());
    auto const result = co_await client.async_wait("sentiment", receipt->task_id, 30s);
    EXPECT_EQ(result.value().state, TaskState::cancelled);
    threads.push_back(std::this_thread::get_id());
    co_return threads;
}

TEST(ClientExecutor, CallsOfACoroutineOnItNeverChangeTheThread) {
    RedisServer const server;
    Client client(options_for(server));
    auto const threads =
        boost::asio::co_spawn(client.executor(), threads_of_calls(client), boost::asio::use_future).get();
    EXPECT_THAT(threads, ::testing::Each(threads.front()));
    EXPECT_NE(threads.front(), std::this_thread::get_id());
}

boost::asio::awaitable<bool> dispatches_and_blocks(Client& client) {
    try {
        static_cast<void>(client.dispatch("sentiment", "x"));
    } catch (std::logic_error const&) {
        co_return false;
    }
    co_return true;
}

TEST(ClientExecutor, ABlockingCallOnItIsRefusedInsteadOfWaitingForItself) {
    RedisServer const server;
    Client client(options_for(server));
    auto blocked = boost::asio::co_spawn(client.executor(), dispatches_and_blocks(client), boost::asio::use_future);
    EXPECT_FALSE(blocked.get());
}

TEST(ClientDurability, ReceiptsSayWhatWasReached) {
    TcpServer const master;
    TcpServer const replica;
    replicate(master, replica);
    Client client(options_for(master, Durability::replicated(1)));
    auto const safe = client.dispatch("sentiment", "x");
    ASSERT_TRUE(safe) << safe.error().message();
    EXPECT_EQ(safe->durability, Durability::replicated(1));
    DispatchOptions quick;
    quick.durability = Durability::memory();
    auto const unsafe = client.dispatch("sentiment", "x", quick);
    ASSERT_TRUE(unsafe) << unsafe.error().message();
    EXPECT_EQ(unsafe->durability, Durability::memory());
}

TEST(ClientDurability, ALevelThatIsNotReachedIsAnErrorThatNamesTheTask) {
    RedisServer const server;
    auto options = options_for(server, Durability::replicated(2));
    options.durability_timeout = 20ms;
    Client client(options);
    auto const receipt = client.dispatch("sentiment", "x", named("t1"));
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code, ErrorCode::not_durable);
    EXPECT_THAT(
        receipt.error().detail,
        HasSubstr("the task t1 is stored, but not replicated:2: only 0 of 2 replicas confirmed it within 20 ms"));
    ASSERT_TRUE(client.task("sentiment", "t1"));
}

TEST(ClientDurability, ABatchWaitsOnce) {
    TcpServer const master;
    TcpServer const replica;
    replicate(master, replica);
    Client client(options_for(master, Durability::replicated(1)));
    ASSERT_TRUE(client.dispatch("sentiment", "x"));  // the script is loaded now
    master.command({"CONFIG", "RESETSTAT"});
    for (auto const& receipt : client.dispatch_many("sentiment", std::vector<NewTask>(100, NewTask{"{}", {}}))) {
        ASSERT_TRUE(receipt) << receipt.error().message();
        EXPECT_EQ(receipt->durability, Durability::replicated(1));
    }
    EXPECT_THAT(master.command({"INFO", "commandstats"}), HasSubstr("cmdstat_wait:calls=1,"));
}

TEST(ClientDurability, ARefusedTaskIsNotCalledStored) {
    RedisServer const server;
    auto options = options_for(server, Durability::replicated(1));
    options.durability_timeout = 1ms;
    options.max_waiting = 0;
    Client client(options);
    auto const receipt = client.dispatch("sentiment", "x");
    ASSERT_TRUE(receipt) << receipt.error().message();
    EXPECT_EQ(receipt->status, DispatchStatus::full);
    EXPECT_EQ(receipt->durability, Durability::memory());
}

TEST(ClientDurability, AServerThatCannotReachTheLevelGetsNothing) {
    RedisServer const server;
    Client client(options_for(server, Durability::fsync()));
    auto const receipt = client.dispatch("sentiment", "x", named("t1"));
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code, ErrorCode::unsupported);
    EXPECT_EQ(client.task("sentiment", "t1").error().code, ErrorCode::not_found);
}

TEST(ClientDurability, AWaitingLevelHoldsNobodyElseUp) {
    TcpServer const master;
    TcpServer replica;
    replicate(master, replica);
    Client client(options_for(master));
    replica.pause();
    DispatchOptions safe;
    safe.durability = Durability::replicated(1);
    boost::asio::io_context context;
    auto waiting =
        boost::asio::co_spawn(context, client.async_dispatch("sentiment", "x", safe), boost::asio::use_future);
    context.run_for(1ms);
    leat::testing::await([&] { return info(master, "blocked_clients") == "1"; }, "a dispatch waits for its replica");
    EXPECT_TRUE(client.dispatch("sentiment", "y"));
    replica.resume();
    context.run();
    auto const receipt = waiting.get();
    ASSERT_TRUE(receipt) << receipt.error().message();
    EXPECT_EQ(receipt->durability, Durability::replicated(1));
}

TEST(ClientOptionsTest, BoundsAreChecked) {
    auto const refuses = [](auto change) {
        ClientOptions options;
        change(options);
        EXPECT_THROW(Client{options}, std::invalid_argument);
    };
    refuses([](ClientOptions& options) { options.durability = Durability::replicated(0); });
    refuses([](ClientOptions& options) { options.durability = Durability::replicated(101); });
    refuses([](ClientOptions& options) { options.durability_timeout = 0ms; });
    refuses([](ClientOptions& options) { options.durability_timeout = 2h; });
    refuses([](ClientOptions& options) { options.payload_bytes_max = 0; });
    refuses([](ClientOptions& options) { options.payload_bytes_max = Limits::payload_bytes_max + 1; });
    refuses([](ClientOptions& options) { options.max_waiting = -1; });
    refuses([](ClientOptions& options) { options.connect_timeout = 0ms; });
    refuses([](ClientOptions& options) { options.command_timeout = 0ms; });
    refuses([](ClientOptions& options) { options.tls_cert_file = "client.pem"; });
    refuses([](ClientOptions& options) { options.tls_key_file = "client.key"; });
}

// Nobody listens there: refused at once, or never answered, both end within the time for a connection.
class ClientAlone : public ::testing::TestWithParam<bool> {
  protected:
    ClientAlone() : silent_(context_, {boost::asio::ip::address_v4::loopback(), 0}) {
        bool const refusing = GetParam();
        auto const port = refusing ? leat::testing::free_port() : silent_.local_endpoint().port();
        options_.redis = "redis://127.0.0.1:" + std::to_string(port);
        options_.connect_timeout = 200ms;
    }
    template <class Call>
    void expect_unavailable_in_time(Call const& call) {
        Client client(options_);
        auto const begin = std::chrono::steady_clock::now();
        auto const answer = call(client);
        auto const took = std::chrono::steady_clock::now() - begin;
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, ErrorCode::unavailable) << answer.error().message();
        EXPECT_LT(took, 20 * options_.connect_timeout);  // far below the 30 s that were asked for
    }

    boost::asio::io_context context_;
    boost::asio::ip::tcp::acceptor silent_;  // accepts by its backlog, and says nothing
    ClientOptions options_;
};

TEST_P(ClientAlone, WaitIsUnavailable) {
    expect_unavailable_in_time([](Client& client) { return client.wait("sentiment", "t1", 30s); });
}

TEST_P(ClientAlone, DispatchIsUnavailable) {
    expect_unavailable_in_time([](Client& client) { return client.dispatch("sentiment", "x"); });
}

TEST_P(ClientAlone, DurableDispatchIsUnavailable) {
    options_.durability = Durability::fsync();
    expect_unavailable_in_time([](Client& client) { return client.dispatch("sentiment", "x"); });
}

INSTANTIATE_TEST_SUITE_P(Servers, ClientAlone, ::testing::Bool(),
                         [](auto const& instance) { return instance.param ? "Refusing" : "Silent"; });

TEST(ClientAsync, TaskAndCancelResumeOnTheirCallersExecutor) {
    RedisServer const server;
    Client client(options_for(server));
    auto const receipt = client.dispatch("sentiment", "x");
    ASSERT_TRUE(receipt);
    boost::asio::io_context context;
    auto const asked = [&](auto call) {
        auto answer = boost::asio::co_spawn(context, std::move(call), boost::asio::use_future);
        context.restart();
        context.run();  // returns once the call has resumed here and ended
        return answer.get();
    };
    auto const waiting = asked(client.async_task("sentiment", receipt->task_id));
    ASSERT_TRUE(waiting) << waiting.error().message();
    EXPECT_EQ(waiting->state, TaskState::ready);
    auto const cancelled = asked(client.async_cancel("sentiment", receipt->task_id));
    ASSERT_TRUE(cancelled) << cancelled.error().message();
    EXPECT_EQ(*cancelled, CancelStatus::cancelled);
    EXPECT_EQ(asked(client.async_task("sentiment", receipt->task_id))->state, TaskState::cancelled);
    EXPECT_EQ(asked(client.async_cancel("sentiment", receipt->task_id)).value(), CancelStatus::terminal);
    auto const none = asked(client.async_cancel("sentiment", "no-such-task"));
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, ErrorCode::not_found);
}

// The server was there when the wait began, and is not when it would end.
TEST(ClientWait, AServerThatGoesAwayIsUnavailableInTime) {
    RedisServer server;
    auto options = options_for(server);
    options.connect_timeout = 200ms;
    Client client(options);
    auto const receipt = client.dispatch("sentiment", "x");
    ASSERT_TRUE(receipt);
    boost::asio::io_context context;
    auto waiting =
        boost::asio::co_spawn(context, client.async_wait("sentiment", receipt->task_id, 1h), boost::asio::use_future);
    context.run_for(1ms);
    leat::testing::await([&] { return info(server, "pubsub_channels") == "1"; }, "the wait has subscribed");
    server.kill();
    context.run();
    auto const answer = waiting.get();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::unavailable) << answer.error().message();
}

}  // namespace
}  // namespace leat
