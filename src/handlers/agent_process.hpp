#pragma once
// One subprocess: its pipes and its end, served by coroutines on the pool's thread. What the lines mean is decided by
// ExecAttempt, the system calls are in child_process.
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "async/signal.hpp"
#include "async/task_group.hpp"
#include "handlers/child_process.hpp"
#include "handlers/exec_attempt.hpp"
#include "handlers/line_buffer.hpp"

namespace leat::handlers {

// Asks an attempt to end; everything that it waits for notifies `changed`.
struct Interrupt {
    explicit Interrupt(boost::asio::any_io_executor executor) : changed(std::move(executor)) {}
    async::Signal changed;
    bool raised = false;
};

class AgentProcess : public std::enable_shared_from_this<AgentProcess> {
  public:
    // Starts the program and the coroutines that watch it, in `group`. Errors: as start_child().
    static Result<std::shared_ptr<AgentProcess>> start(boost::asio::any_io_executor executor, async::TaskGroup& group,
                                                       LaunchPlan const& plan, std::size_t line_bytes_max);

    // Waits until the program has been loaded. Errors: unavailable (why it could not be), timeout, cancelled.
    // After an error: stop().
    [[nodiscard]] boost::asio::awaitable<Result<void>> loaded(LaunchPlan const& plan, Milliseconds timeout,
                                                              Interrupt& interrupt);

    // Writes the request and feeds `attempt` until it has ended or is interrupted. Returns whether the process can take
    // another; where not, stop() it.
    [[nodiscard]] boost::asio::awaitable<bool> serve(std::string request, ExecAttempt& attempt, Interrupt& interrupt);

    enum class Farewell : std::uint8_t { polite, firm };
    // Ends the process with its group: polite closes its standard input first, firm begins with SIGTERM; each step gets
    // `grace`. Returns once it is reaped. Keeps the object alive.
    [[nodiscard]] boost::asio::awaitable<void> stop(Farewell farewell, Milliseconds grace) {
        return stop(shared_from_this(), farewell, grace);
    }

    // Whether it can take a request: it runs, and its pipes are open.
    [[nodiscard]] bool usable() noexcept;
    // Whether it has answered a request yet.
    [[nodiscard]] bool has_answered() const noexcept { return has_answered_; }

    // Use start().
    AgentProcess(boost::asio::any_io_executor executor, async::TaskGroup& group, ChildProcess child,
                 std::size_t line_bytes_max);

  private:
    enum class Source : std::uint8_t { output, errors };
    using Self = std::shared_ptr<AgentProcess>;  // keeps the object while a coroutine runs
    static boost::asio::awaitable<void> watch_start(Self self);
    static boost::asio::awaitable<void> watch_lines(Self self, Source source);
    static boost::asio::awaitable<void> watch_exit(Self self);
    static boost::asio::awaitable<void> write(Self self, std::string request);
    static boost::asio::awaitable<void> stop(Self self, Farewell farewell, Milliseconds grace);

    [[nodiscard]] boost::asio::posix::stream_descriptor& stream(Source source) noexcept;
    void take(Source source, std::string_view bytes);
    void drain(Source source);
    void note_closed(std::string_view stream);
    void check_closed(ExecAttempt& attempt);
    void wake();
    void close_all();

    async::TaskGroup& group_;
    pid_t pid_;
    boost::asio::posix::stream_descriptor start_, input_, output_, errors_, exit_watch_;
    LineBuffer output_lines_, error_lines_;
    async::Signal ended_;

    ExecAttempt* attempt_ = nullptr;  // under way
    Interrupt* interrupt_ = nullptr;  // of whoever waits for this process
    std::size_t lines_between_tasks_ = 0;
    bool writing_ = false;
    bool loaded_ = false;
    bool has_answered_ = false;
    std::optional<StartFailure> start_failure_;
    std::optional<ChildExit> exit_;
    std::string closed_stream_;  // "input" or "output", closed by the subprocess
    std::chrono::steady_clock::time_point closed_at_{};
};

}  // namespace leat::handlers
