#pragma once
// The run's own redis-server, as faults need it: to be killed, paused, and started again on the same data.
#include <sys/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "leat/error.hpp"
#include "private_server.hpp"

namespace leat::cli::chaos {

// Not thread-safe; the thread that starts it has to outlive it.
class ServerProcess {
  public:
    // `options.folder` keeps the data between starts.
    explicit ServerProcess(PrivateServerOptions options) : options_(std::move(options)) {}

    // Starts it on the data of the folder and waits until it answers. Does nothing while it runs.
    // Errors: those of PrivateServer::start.
    [[nodiscard]] Result<void> start();
    // A signal: SIGKILL, SIGSTOP, SIGCONT, SIGTERM. Does nothing where it has ended.
    void signal(int number);
    // SIGKILL, and waits until it is gone.
    void kill();
    // SIGTERM (it writes what it holds), and waits.
    void stop();
    [[nodiscard]] bool alive();

    // What the next start uses; change it while stopped, and put it back.
    [[nodiscard]] PrivateServerOptions& options() noexcept { return options_; }
    [[nodiscard]] std::filesystem::path const& folder() const noexcept { return options_.folder; }
    [[nodiscard]] pid_t pid() const noexcept { return server_ ? server_->pid() : -1; }
    // Where it listens; the same at every start where the folder's path is short enough for a socket.
    [[nodiscard]] std::string const& url() const noexcept { return url_; }

  private:
    PrivateServerOptions options_;
    std::optional<PrivateServer> server_;
    std::string url_;
};

}  // namespace leat::cli::chaos
