#pragma once
// A private redis-server for tests: unix socket in a fresh folder, no persistence unless asked, gone with the object.
#include <filesystem>
#include <string>
#include <vector>

namespace leat::testing {

class RedisServer {
  public:
    // Starts redis-server with `extra` arguments ("--appendonly", "yes") and returns when it answers PING. A first one
    // that does not begin with "--" is a configuration file.
    // Throws std::runtime_error with the server's log where it does not start.
    explicit RedisServer(std::vector<std::string> extra = {});
    ~RedisServer();
    RedisServer(RedisServer const&) = delete;
    RedisServer& operator=(RedisServer const&) = delete;

    [[nodiscard]] std::string url() const;  // unix:///…/redis.sock
    [[nodiscard]] std::filesystem::path const& folder() const noexcept { return folder_; }
    [[nodiscard]] std::string socket_path() const;
    [[nodiscard]] int pid() const noexcept { return pid_; }

    void kill();    // SIGKILL and wait
    void start();   // again, with the same arguments and folder
    void pause();   // SIGSTOP
    void resume();  // SIGCONT

    // Runs one command over a connection of its own, blocking; the reply as redis-cli would print it (raw). For set-up
    // and checks in tests: command({"XLEN", key}) → "3".
    std::string command(std::vector<std::string> const& arguments) const;

  private:
    std::filesystem::path folder_;
    std::vector<std::string> arguments_;
    int pid_ = -1;
};

}  // namespace leat::testing
