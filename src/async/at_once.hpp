#pragma once
// The same for many things, several at once: their commands share round trips.
#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstddef>
#include <exception>
#include <memory>
#include <utility>

#include "async/signal.hpp"

namespace leat::async {

// What those that work side by side share. It outlives an executor that is destroyed with them in it.
struct Turns {
    Turns(boost::asio::any_io_executor executor, std::size_t count_in) : count(count_in), ended(std::move(executor)) {}

    std::size_t const count;
    std::size_t next = 0;
    std::size_t running = 0;
    std::exception_ptr first_exception{};
    Signal ended;
};

// Takes the next turn until there is none.
template <class Start>
boost::asio::awaitable<void> take_turns(std::shared_ptr<Turns> turns, Start start) {
    while (turns->next < turns->count)
        co_await start(turns->next++);
}

// Awaits start(0) to start(count - 1), begun in this order, at most `width` of them under way; on the executor's one
// thread. `start` is copied and returns an awaitable<void>; what it refers to lives in the caller. An exception out of
// one of them ends the further turns of its like and is rethrown at the end. A cancellation meanwhile is ignored.
template <class Start>
[[nodiscard]] boost::asio::awaitable<void> at_once(boost::asio::any_io_executor executor, std::size_t count,
                                                   std::size_t width, Start start) {
    namespace asio = boost::asio;
    auto const turns = std::make_shared<Turns>(executor, count);
    turns->running = std::min(width, count);
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    for (std::size_t i = 0; i < std::min(width, count); ++i) {
        asio::co_spawn(executor, take_turns(turns, start), [turns](std::exception_ptr exception) {
            if (exception && !turns->first_exception) turns->first_exception = std::move(exception);
            if (--turns->running == 0) turns->ended.notify();
        });
    }
    while (turns->running > 0)
        co_await turns->ended.wait();
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    if (turns->first_exception) std::rethrow_exception(turns->first_exception);
}

}  // namespace leat::async
