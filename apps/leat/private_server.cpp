#include "private_server.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "subprocess.hpp"

namespace leat::cli {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::string_view kSocketName = "redis.sock";
constexpr std::string_view kUrlFile = "redis.url";
constexpr std::size_t kLogExcerptBytes = 1'000;
constexpr auto kPollEvery = 10ms;
constexpr auto kStopTimeout = 30s;

// Whether a server answers PING on the socket. `loading` is set while it reads its data.
bool answers(fs::path const& socket_path) {
    int const fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket_path.c_str(), sizeof address.sun_path - 1);
    bool ready = false;
    if (::connect(fd, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0) {
        constexpr std::string_view ping = "PING\r\n";
        std::array<char, 64> reply{};
        if (::send(fd, ping.data(), ping.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(ping.size()) &&
            ::recv(fd, reply.data(), reply.size(), 0) > 0) {
            ready = reply[0] == '+';
        }
    }
    ::close(fd);
    return ready;
}

std::string log_excerpt(fs::path const& log) {
    std::ifstream file(log, std::ios::ate);
    if (!file) return "it wrote no log";
    auto const size = static_cast<std::size_t>(file.tellg());
    auto const take = std::min(size, kLogExcerptBytes);
    file.seekg(static_cast<std::streamoff>(size - take));
    std::string text(take, '\0');
    file.read(text.data(), static_cast<std::streamsize>(take));
    return "the end of its log " + log.string() + ": " + text;
}

std::unexpected<Error> refuse(ErrorCode code, std::string const& detail) {
    return fail(code, "redis-server", detail);
}

}  // namespace

Result<PrivateServer> PrivateServer::start(PrivateServerOptions const& options) {
    auto const program = find_in_path("redis-server");
    if (program.empty()) {
        return refuse(ErrorCode::not_found,
                      "no redis-server in PATH; install it (Debian: apt-get install redis-server) or use --redis URL");
    }
    std::error_code failed;
    fs::create_directories(options.folder, failed);
    auto const folder = fs::absolute(options.folder, failed).lexically_normal();
    if (failed)
        return refuse(ErrorCode::invalid_input,
                      "cannot use the folder " + options.folder.string() + ": " + failed.message());

    PrivateServer server;
    server.lock_ = ::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (server.lock_ < 0)
        return refuse(ErrorCode::invalid_input,
                      "cannot write to the folder " + folder.string() + ": " + std::strerror(errno));
    if (::flock(server.lock_, LOCK_EX | LOCK_NB) != 0) {
        return refuse(ErrorCode::unavailable, "another process already runs on the folder " + folder.string() +
                                                  "; stop it or name another --data-dir");
    }
    server.socket_ = folder / kSocketName;
    if (server.socket_.string().size() >= sizeof(sockaddr_un::sun_path)) {
        std::string pattern = (fs::temp_directory_path() / "leat-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
            return refuse(ErrorCode::unavailable, "cannot make a temporary folder");
        server.temporary_ = pattern;
        server.socket_ = server.temporary_ / kSocketName;
    }
    fs::remove(server.socket_, failed);
    auto const log = folder / "redis.log";
    bool const append = options.append_only != "no";
    std::vector<std::string> arguments{program,
                                       "--port",
                                       "0",
                                       "--unixsocket",
                                       server.socket_,
                                       "--unixsocketperm",
                                       "700",
                                       "--dir",
                                       folder,
                                       "--logfile",
                                       log,
                                       "--save",
                                       "",
                                       "--appendonly",
                                       append ? "yes" : "no",
                                       "--appendfsync",
                                       append ? options.append_only : "everysec",
                                       "--maxmemory-policy",
                                       "noeviction",
                                       "--daemonize",
                                       "no"};
    arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
    Subprocess process;
    process.arguments = std::move(arguments);
    process.environment = options.environment;
    process.death_signal = SIGTERM;
    server.pid_ = spawn(process);
    if (server.pid_ < 0) return refuse(ErrorCode::unavailable, std::string("cannot start it: ") + std::strerror(errno));
    auto const deadline = std::chrono::steady_clock::now() + options.start_timeout;
    while (!answers(server.socket_)) {
        if (!server.alive()) return refuse(ErrorCode::unavailable, "it ended at once; " + log_excerpt(log));
        if (std::chrono::steady_clock::now() > deadline)
            return refuse(ErrorCode::unavailable, "it does not answer; " + log_excerpt(log));
        std::this_thread::sleep_for(kPollEvery);
    }
    std::ofstream(folder / kUrlFile) << server.url() << '\n';
    return server;
}

PrivateServer::PrivateServer(PrivateServer&& other) noexcept
    : socket_(std::move(other.socket_)),
      temporary_(std::move(other.temporary_)),
      pid_(std::exchange(other.pid_, -1)),
      lock_(std::exchange(other.lock_, -1)) {}

PrivateServer::~PrivateServer() {
    if (pid_ > 0 && alive()) {
        ::kill(pid_, SIGTERM);
        auto const deadline = std::chrono::steady_clock::now() + kStopTimeout;
        while (alive()) {
            if (std::chrono::steady_clock::now() > deadline) ::kill(pid_, SIGKILL);
            std::this_thread::sleep_for(kPollEvery);
        }
    }
    std::error_code ignored;
    if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
    if (lock_ >= 0) ::close(lock_);
}

void PrivateServer::kill() {
    if (!alive()) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

bool PrivateServer::alive() {
    if (pid_ <= 0) return false;
    if (::waitpid(pid_, nullptr, WNOHANG) != pid_) return true;
    pid_ = -1;
    return false;
}

std::string dev_server_url(fs::path const& folder) {
    std::ifstream file(folder / kUrlFile);
    std::string url;
    if (!std::getline(file, url) || !url.starts_with("unix://")) return {};
    return answers(url.substr(std::string_view("unix://").size())) ? url : std::string{};
}

}  // namespace leat::cli
