#include "support/redis_server.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace leat::testing {
namespace {

constexpr auto kStartTimeout = std::chrono::seconds(20);
constexpr auto kStartPoll = std::chrono::milliseconds(5);
constexpr int kReplyTimeoutSeconds = 30;

std::filesystem::path make_folder() {
    auto pattern = (std::filesystem::temp_directory_path() / "leat-redis-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed: " + pattern);
    return pattern;
}

void remove_folder(std::filesystem::path const& folder) {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
}

// A blocking client of its own, so that tests do not judge our client with our client.
class BlockingClient {
  public:
    explicit BlockingClient(std::string const& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        timeval const timeout{.tv_sec = kReplyTimeoutSeconds, .tv_usec = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
        connected_ = ::connect(socket_, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0;
    }
    ~BlockingClient() { ::close(socket_); }
    BlockingClient(BlockingClient const&) = delete;
    BlockingClient& operator=(BlockingClient const&) = delete;

    [[nodiscard]] bool connected() const { return connected_; }

    std::string command(std::vector<std::string> const& arguments) {
        std::string wire = "*" + std::to_string(arguments.size()) + "\r\n";
        for (auto const& argument : arguments) {
            wire += "$" + std::to_string(argument.size()) + "\r\n" + argument + "\r\n";
        }
        send_all(wire);
        return read_value();
    }

  private:
    void send_all(std::string_view bytes) {
        while (!bytes.empty()) {
            auto const sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) throw std::runtime_error("the test's redis-server took no command");
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    void fill(std::size_t size) {
        std::array<char, 16'384> chunk;
        while (buffer_.size() < size) {
            auto const received = ::recv(socket_, chunk.data(), chunk.size(), 0);
            if (received <= 0) throw std::runtime_error("the test's redis-server did not reply");
            buffer_.append(chunk.data(), static_cast<std::size_t>(received));
        }
    }

    std::string take(std::size_t size) {
        fill(size);
        auto taken = buffer_.substr(0, size);
        buffer_.erase(0, size);
        return taken;
    }

    std::string read_line() {
        for (;;) {
            if (auto const end = buffer_.find("\r\n"); end != std::string::npos) {
                auto line = take(end + 2);
                line.resize(end);
                return line;
            }
            fill(buffer_.size() + 1);
        }
    }

    // Values as `redis-cli --raw` prints them: nil is empty, the elements of an array are lines.
    std::string read_value() {
        auto const line = read_line();
        auto const text = line.substr(1);
        if (line[0] == '$') {
            auto const size = std::stol(text);
            if (size < 0) return "";
            auto value = take(static_cast<std::size_t>(size) + 2);
            value.resize(static_cast<std::size_t>(size));
            return value;
        }
        if (line[0] == '*') {
            std::string values;
            auto const count = std::stol(text);
            for (long i = 0; i < count; ++i)
                values += (i == 0 ? "" : "\n") + read_value();
            return values;
        }
        return text;
    }

    int socket_;
    bool connected_ = false;
    std::string buffer_;
};

bool answers(std::string const& socket_path) {
    try {
        BlockingClient client(socket_path);
        return client.connected() && !client.command({"PING"}).starts_with("LOADING");
    } catch (std::runtime_error const&) {
        return false;  // it closed the connection while starting; asked again
    }
}

}  // namespace

RedisServer::RedisServer(std::vector<std::string> extra) : folder_(make_folder()) {
    arguments_ = {"redis-server",
                  "--port",
                  "0",
                  "--unixsocket",
                  socket_path(),
                  "--dir",
                  folder_,
                  "--logfile",
                  folder_ / "redis.log",
                  "--save",
                  "",
                  "--appendonly",
                  "no",
                  "--enable-debug-command",
                  "yes"};
    if (!extra.empty() && !extra.front().starts_with("--")) {
        arguments_.insert(arguments_.begin() + 1, std::move(extra.front()));  // only there redis-server looks for it
        extra.erase(extra.begin());
    }
    arguments_.insert(arguments_.end(), std::make_move_iterator(extra.begin()), std::make_move_iterator(extra.end()));
    try {
        start();
    } catch (...) {
        remove_folder(folder_);  // the destructor will not run
        throw;
    }
}

RedisServer::~RedisServer() {
    kill();
    remove_folder(folder_);
}

std::string RedisServer::url() const {
    return "unix://" + socket_path();
}

std::string RedisServer::socket_path() const {
    return (folder_ / "redis.sock").string();
}

void RedisServer::kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

void RedisServer::start() {
    if (pid_ >= 0) return;
    std::vector<char*> argv;
    argv.reserve(arguments_.size() + 1);
    for (auto& argument : arguments_)
        argv.push_back(argument.data());
    argv.push_back(nullptr);
    auto const parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ == 0) {
        // The server dies with the thread that started it, even where no destructor runs.
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(1);
        auto const null = ::open("/dev/null", O_RDWR);
        ::dup2(null, STDIN_FILENO);
        ::dup2(null, STDOUT_FILENO);
        ::dup2(null, STDERR_FILENO);
        ::execvp(argv[0], argv.data());
        ::_exit(127);
    }
    auto const deadline = std::chrono::steady_clock::now() + kStartTimeout;
    while (!answers(socket_path())) {
        bool const exited = ::waitpid(pid_, nullptr, WNOHANG) == pid_;
        if (exited || std::chrono::steady_clock::now() > deadline) {
            if (exited) pid_ = -1;
            kill();
            std::ifstream log(folder_ / "redis.log");
            throw std::runtime_error("redis-server did not start:\n" + std::string(std::istreambuf_iterator<char>(log),
                                                                                   std::istreambuf_iterator<char>()));
        }
        std::this_thread::sleep_for(kStartPoll);  // the one poll of the tests: a process that starts sends no event
    }
}

void RedisServer::pause() {
    ::kill(pid_, SIGSTOP);
}

void RedisServer::resume() {
    ::kill(pid_, SIGCONT);
}

std::string RedisServer::command(std::vector<std::string> const& arguments) const {
    BlockingClient client(socket_path());
    if (!client.connected()) throw std::runtime_error("the test's redis-server accepts no connection");
    return client.command(arguments);
}

}  // namespace leat::testing
