#pragma once
// `leat top` on a terminal: reads again and again, draws, and does what keys and signals say.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <string>

#include "async/signal.hpp"
#include "async/task_group.hpp"
#include "inspect/inspector.hpp"
#include "redis/connection.hpp"
#include "top_feed.hpp"
#include "top_screen.hpp"
#include "top_terminal.hpp"

namespace leat::cli::top {

struct AppOptions {
    std::chrono::milliseconds interval{2'000};
    bool colour = true;
};

class App {
  public:
    // Has a connection of its own: quitting closes it, whatever is under way.
    App(boost::asio::io_context& context, redis::ConnectOptions connect, std::string const& prefix, Terminal& terminal,
        AppOptions options);

    // Until somebody quits. Errors: those of the first reading; later ones are shown.
    [[nodiscard]] boost::asio::awaitable<Result<void>> run();

  private:
    enum class Wish { nothing, pause, resume };

    [[nodiscard]] boost::asio::awaitable<Result<void>> begin();
    [[nodiscard]] boost::asio::awaitable<void> read_keys();
    [[nodiscard]] boost::asio::awaitable<void> watch_signals();
    [[nodiscard]] boost::asio::awaitable<void> read_on();
    [[nodiscard]] boost::asio::awaitable<void> fulfil_wish();
    void take_keys(std::vector<Key> const& keys);
    void act(Act act);
    void suspend();
    void draw();
    [[nodiscard]] std::string detail_of() const { return view_.page == Page::agent ? view_.selected : std::string(); }

    Terminal& terminal_;
    AppOptions const options_;
    redis::Connection connection_;
    inspect::Inspector inspector_;
    Feed feed_;
    async::TaskGroup group_;
    async::Signal changed_;  // something to draw
    async::Signal read_;     // read now
    boost::asio::posix::stream_descriptor input_;
    boost::asio::signal_set signals_;
    KeyReader keys_;
    Model model_;
    View view_;
    Wish wish_ = Wish::nothing;
    std::string wish_for_;
    bool quit_ = false;
};

}  // namespace leat::cli::top
