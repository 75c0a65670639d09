#include "top_app.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <string_view>
#include <utility>

#include "core/random.hpp"

namespace leat::cli::top {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);
constexpr auto kEscapeWait = 50ms;  // Escape alone is the key once nothing has followed for this long
constexpr std::chrono::nanoseconds kForLong = 1h;

}  // namespace

App::App(asio::io_context& context, redis::ConnectOptions connect, std::string const& prefix, Terminal& terminal,
         AppOptions options)
    : terminal_(terminal),
      options_(options),
      connection_(context.get_executor(), std::move(connect), {}, core::Random::from_entropy().next()),
      inspector_(connection_, prefix),
      feed_(inspector_),
      group_(context.get_executor()),
      changed_(context.get_executor()),
      read_(context.get_executor()),
      input_(context),
      signals_(context, SIGINT, SIGTERM, SIGHUP) {
    for (int const number : {SIGQUIT, SIGWINCH, SIGTSTP})
        signals_.add(number);
}

asio::awaitable<Result<void>> App::run() {
    group_.spawn(connection_.run());
    auto const begun = co_await begin();
    while (begun && !quit_) {
        draw();
        auto const patience = keys_.pending() ? std::chrono::nanoseconds(kEscapeWait) : kForLong;
        if (!co_await changed_.wait_for(patience)) take_keys(keys_.flush());
    }
    quit_ = true;
    terminal_.leave();
    boost::system::error_code ignored;
    input_.close(ignored);
    signals_.cancel(ignored);
    read_.notify();
    connection_.close();
    co_await group_.join();
    co_return begun;
}

// The first reading fails like any other command's; only then the terminal is taken over.
asio::awaitable<Result<void>> App::begin() {
    auto first = co_await feed_.read({});
    if (!first) co_return std::unexpected(std::move(first).error());
    model_ = std::move(*first);
    auto const input = terminal_.open_input();
    if (!input) co_return std::unexpected(input.error());
    input_.assign(*input);
    terminal_.enter();
    group_.spawn(read_keys());
    group_.spawn(watch_signals());
    group_.spawn(read_on());
    co_return Result<void>{};
}

asio::awaitable<void> App::read_keys() {
    std::array<char, 256> space{};
    while (!quit_) {
        auto const buffer = asio::buffer(space);
        auto const [error, bytes] = co_await input_.async_read_some(buffer, kToken);
        if (error) break;
        take_keys(keys_.feed(std::string_view(space.data(), bytes)));
    }
    quit_ = true;  // without keys nobody could end it
    changed_.notify();
}

asio::awaitable<void> App::watch_signals() {
    while (!quit_) {
        auto const [error, number] = co_await signals_.async_wait(kToken);
        if (error) break;
        if (number == SIGWINCH) {
            act(Act::redraw);
        } else if (number == SIGTSTP) {
            act(Act::suspend);
        } else {
            act(Act::quit);
        }
    }
}

asio::awaitable<void> App::read_on() {
    co_await read_.wait_for(options_.interval);
    while (!quit_) {
        co_await fulfil_wish();
        auto const wanted = detail_of();
        auto model = co_await feed_.read(wanted);
        if (quit_) break;
        if (model) {
            model_ = std::move(*model);
        } else {
            model_.failure = model.error().message();
        }
        settle(view_, model_);
        changed_.notify();
        if (wanted != detail_of() || wish_ != Wish::nothing) continue;  // a page was opened meanwhile
        co_await read_.wait_for(options_.interval);
    }
}

asio::awaitable<void> App::fulfil_wish() {
    auto const wish = std::exchange(wish_, Wish::nothing);
    if (wish == Wish::nothing) co_return;
    auto const agent = wish_for_;
    auto const done = co_await inspector_.set_paused(agent, wish == Wish::pause);
    if (!done) {
        view_.note = done.error().message();
    } else {
        view_.note = agent + (wish == Wish::pause ? " is paused." : " goes on.");
    }
}

void App::take_keys(std::vector<Key> const& keys) {
    for (auto const key : keys) {
        settle(view_, model_);
        act(press(view_, model_, key, page_rows(terminal_.size())));
    }
}

void App::act(Act act) {
    switch (act) {
        case Act::nothing:
            break;
        case Act::read:
            read_.notify();
            break;
        case Act::pause:
        case Act::resume:
            wish_ = act == Act::pause ? Wish::pause : Wish::resume;
            wish_for_ = view_.selected;
            read_.notify();
            break;
        case Act::redraw:
            terminal_.forget();
            break;
        case Act::suspend:
            suspend();
            break;
        case Act::quit:
            quit_ = true;
            break;
    }
    changed_.notify();
}

// Gives the terminal back to the shell until somebody says `fg`.
void App::suspend() {
    terminal_.leave();
    ::raise(SIGSTOP);
    terminal_.enter();
}

void App::draw() {
    settle(view_, model_);
    terminal_.draw(frame(model_, view_, terminal_.size(), options_.interval), options_.colour);
}

}  // namespace leat::cli::top
