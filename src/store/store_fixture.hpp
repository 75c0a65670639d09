#pragma once
// For tests of the store: a private server, a connection to it, and coroutines run to their end.
#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "async/task_group.hpp"
#include "redis/connection.hpp"
#include "store/keys.hpp"
#include "store/store.hpp"
#include "support/redis_server.hpp"

namespace leat::store {

class StoreFixture : public ::testing::Test {
  protected:
    StoreFixture() : StoreFixture(std::vector<std::string>{}) {}
    explicit StoreFixture(std::vector<std::string> server_arguments)
        : server(std::move(server_arguments)),
          connection(context.get_executor(), redis::parse_url(server.url()).value()),
          group(context.get_executor()) {
        group.spawn(connection.run());
    }
    ~StoreFixture() override {
        connection.close();
        run(group.join());
    }

    // Runs a coroutine to its end and answers its value.
    template <class T>
    T run(boost::asio::awaitable<T> work) {
        std::optional<T> value;
        std::exception_ptr thrown;
        boost::asio::co_spawn(context, std::move(work), [&](std::exception_ptr error, T result) {
            thrown = error;
            value.emplace(std::move(result));
        });
        until([&] { return value.has_value(); });
        if (thrown) std::rethrow_exception(thrown);
        return std::move(*value);
    }
    void run(boost::asio::awaitable<void> work) {
        bool done = false;
        boost::asio::co_spawn(context, std::move(work), [&](std::exception_ptr) { done = true; });
        until([&] { return done; });
    }

    // The server's answer to one command, as redis-cli prints it.
    std::string ask(std::vector<std::string> const& arguments) const { return server.command(arguments); }
    std::string record(std::string_view id) const { return ask({"GET", keys.task(id)}); }
    std::string total(std::string_view field) const { return ask({"HGET", keys.stats, std::string(field)}); }

    testing::RedisServer server;
    boost::asio::io_context context;
    redis::Connection connection;
    async::TaskGroup group;
    KeySpace space;
    AgentKeys keys = space.agent("sentiment");
    Store store{connection};

  private:
    template <class Predicate>
    void until(Predicate done) {
        context.restart();
        while (!done())
            context.run_one();
    }
};

}  // namespace leat::store
