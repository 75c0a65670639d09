#pragma once
// Runs coroutines in tests, with a limit that turns a hang into a failure.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <utility>

namespace leat::testing {

inline constexpr auto kTestLimit = std::chrono::seconds(60);

// Runs `task` to its end on `context`, with everything else that is there. Rethrows its exception.
inline void run(boost::asio::io_context& context, boost::asio::awaitable<void> task) {
    bool done = false;
    std::exception_ptr exception;
    boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr thrown) {
        exception = std::move(thrown);
        done = true;
        context.stop();
    });
    context.restart();
    context.run_for(kTestLimit);
    if (exception) std::rethrow_exception(exception);
    if (!done) throw std::runtime_error("the coroutine did not end");
}

}  // namespace leat::testing
