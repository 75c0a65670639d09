#pragma once
// Redis servers on TCP ports of this machine that replicate each other.
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/free_port.hpp"
#include "support/redis_server.hpp"

namespace leat::testing {

class TcpServer : public RedisServer {
  public:
    explicit TcpServer(std::vector<std::string> extra = {}) : TcpServer(free_port(), std::move(extra)) {}

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] std::string tcp_url() const { return "redis://" + address(); }

  private:
    TcpServer(std::uint16_t port, std::vector<std::string> extra)
        : RedisServer(with_port(port, std::move(extra))), port_(port) {}

    // At the end: a configuration file must stay the first argument.
    static std::vector<std::string> with_port(std::uint16_t port, std::vector<std::string> arguments) {
        for (auto const* const argument : {"--bind", "127.0.0.1", "--repl-diskless-sync-delay", "0", "--port"})
            arguments.emplace_back(argument);
        arguments.push_back(std::to_string(port));
        return arguments;
    }

    std::uint16_t port_;
};

// Asks again and again until it holds; a bound, never a wait. A server that changes its role closes its clients, also
// the one that asks: it is asked again.
template <class Condition>
void await(Condition const& condition, char const* what) {
    auto const holds = [&condition] {
        try {
            return condition();
        } catch (std::runtime_error const&) {
            return false;
        }
    };
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!holds()) {
        if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error(std::string("never: ") + what);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

// The value of a line of INFO.
inline std::string info(RedisServer const& server, std::string const& field) {
    auto const text = server.command({"INFO"});
    auto const at = text.find("\r\n" + field + ":");
    if (at == std::string::npos) return "";
    auto const begin = at + field.size() + 3;
    return text.substr(begin, text.find("\r\n", begin) - begin);
}

// Makes `replica` follow `master` and returns once it has everything.
inline void replicate(TcpServer const& master, RedisServer const& replica) {
    replica.command({"REPLICAOF", "127.0.0.1", std::to_string(master.port())});
    await([&] { return info(replica, "master_link_status") == "up"; }, "the replica is connected");
    await([&] { return info(master, "slave0").find("state=online") != std::string::npos; }, "the replica is online");
}

}  // namespace leat::testing
