#pragma once
// Worker: serves agents with handlers until it is told to stop.
#include <memory>
#include <string>
#include <utility>

#include "leat/handler.hpp"
#include "leat/options.hpp"

namespace leat {

namespace runtime {
class PacedWorker;  // for tests of the library
}

class Worker {
  public:
    // Throws std::invalid_argument for malformed options. Connects in run().
    explicit Worker(WorkerOptions options);
    // The same with the other options at their defaults: `leat::Worker worker{{.redis = "redis://localhost:6379"}};`
    explicit Worker(ConnectionOptions connection);
    // Waits for handlers that are still running: a blocking handler that never returns keeps it for ever. A process
    // that must end all the same leaves by std::_Exit() when run() has answered `timeout`.
    ~Worker();
    Worker(Worker const&) = delete;
    Worker& operator=(Worker const&) = delete;

    // Registers the handler of an agent; before run() only. The callable shapes are in leat/handler.hpp.
    // Throws std::invalid_argument for a bad agent name or options, std::logic_error for a second handler of one agent.
    template <class F>
    void handle(std::string agent, F function, AgentOptions options = {}) {
        add(std::move(agent), make_handler(std::move(function)), std::move(options));
    }
    // Typed: `Out function(In, Context&)` or `awaitable<Out> function(In, Context&)`, with nlohmann conversions.
    template <class In, class Out, class F>
    void handle(std::string agent, F function, AgentOptions options = {}) {
        add(std::move(agent), make_typed_handler<In, Out>(std::move(function)), std::move(options));
    }
    void add(std::string agent, Handler handler, AgentOptions options);

    // Serves until stop(), SIGTERM or SIGINT; drains (see WorkerOptions::grace); returns when every service has
    // stopped. Reconnects for ever while it runs. Errors: unsupported (server too old, keys may be evicted), denied;
    // these are found at the first connection; timeout: the drain is over, its tasks are given back, and a handler has
    // still not returned. Blocks the calling thread, which becomes the engine thread.
    [[nodiscard]] Result<void> run();

    // Starts the drain; a second call ends it at once. From any thread; not from a signal handler.
    void stop() noexcept;

    // The consumer name of this process: host, process id and a random part. Unique per Worker.
    [[nodiscard]] std::string const& consumer() const noexcept;

  private:
    friend class runtime::PacedWorker;
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace leat
