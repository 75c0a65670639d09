#pragma once
// A redis-server of our own: for `leat dev`, `leat bench` and `leat chaos`. On a unix socket, ended with this object.
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "leat/error.hpp"

namespace leat::cli {

struct PrivateServerOptions {
    std::filesystem::path folder;                      // created if missing; holds data, log and socket
    std::string append_only = "everysec";              // "no", "everysec" or "always"
    std::chrono::seconds start_timeout{60};            // loading a large append-only file takes a while
    std::vector<std::string> arguments{};              // added to the command line; the last word on a setting wins
    std::map<std::string, std::string> environment{};  // added to ours, replaces variables of the same name
};

class PrivateServer {
  public:
    // Starts redis-server and returns when it answers. Its own process group: Ctrl-C reaches us first. It dies with us.
    // Errors: not_found (no redis-server in PATH), conflict as `unavailable` (another process uses the folder),
    // unavailable (it ended or did not answer; the message quotes its log).
    [[nodiscard]] static Result<PrivateServer> start(PrivateServerOptions const& options);

    PrivateServer(PrivateServer&& other) noexcept;
    PrivateServer& operator=(PrivateServer&&) = delete;
    // SIGTERM (it writes what it holds), then waits.
    ~PrivateServer();

    [[nodiscard]] std::string url() const { return "unix://" + socket_.string(); }
    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    // False once the process has ended by itself.
    [[nodiscard]] bool alive();
    // SIGKILL, then waits.
    void kill();

  private:
    PrivateServer() = default;

    std::filesystem::path socket_;
    std::filesystem::path temporary_;  // folder of the socket where the data folder's path is too long for one
    pid_t pid_ = -1;
    int lock_ = -1;  // held on <folder>/lock while we live
};

// Where a running `leat dev` with this data folder listens: its URL, empty where none runs.
[[nodiscard]] std::string dev_server_url(std::filesystem::path const& folder);

}  // namespace leat::cli
