#include "pty_leat.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace leat::cli::testing {
namespace {

constexpr int kPtyLimitMs = 60'000;  // of waiting for output

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (auto& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

}  // namespace

PtyLeat::PtyLeat(std::vector<std::string> const& arguments, std::map<std::string, std::string> const& variables,
                 unsigned short columns, unsigned short rows) {
    std::vector<std::string> words{LEAT_PROGRAM};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<std::string> environment{std::string("PATH=") + std::getenv("PATH"), "TERM=xterm-256color"};
    for (auto const& [name, value] : variables)
        environment.push_back(name + "=" + value);
    auto const argv = pointers(words);
    auto const envp = pointers(environment);
    winsize const window{.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    child_ = ::forkpty(&terminal_, nullptr, nullptr, &window);
    if (child_ < 0) throw std::runtime_error("forkpty failed");
    if (child_ == 0) {
        ::execve(argv[0], argv.data(), envp.data());
        ::_exit(127);
    }
    ::fcntl(terminal_, F_SETFD, FD_CLOEXEC);
}

PtyLeat::~PtyLeat() {
    if (child_ > 0) {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    ::close(terminal_);
}

void PtyLeat::press(std::string_view keys) {
    if (::write(terminal_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size()))
        throw std::runtime_error("the program takes no keys");
}

void PtyLeat::resize(unsigned short columns, unsigned short rows) {
    winsize const window{.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    ::ioctl(terminal_, TIOCSWINSZ, &window);
}

void PtyLeat::signal(int number) {
    ::kill(child_, number);
}

std::string PtyLeat::until(std::string_view text) {
    for (;;) {
        if (auto const at = output_.find(text, seen_); at != std::string::npos) {
            auto const end = at + text.size();
            return output_.substr(std::exchange(seen_, end), end - seen_);
        }
        if (!read_more()) throw std::runtime_error("the program ended before it wrote \"" + std::string(text) + "\"");
    }
}

void PtyLeat::until_stopped() {
    siginfo_t change{};
    if (::waitid(P_PID, static_cast<id_t>(child_), &change, WSTOPPED | WEXITED | WNOWAIT) != 0 ||
        change.si_code != CLD_STOPPED)
        throw std::runtime_error("the program ended instead of stopping");
}

int PtyLeat::wait() {
    while (read_more()) {
    }
    int status = 0;
    ::waitpid(std::exchange(child_, -1), &status, 0);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

termios PtyLeat::state() const {
    termios state{};
    ::tcgetattr(terminal_, &state);
    return state;
}

bool PtyLeat::read_more() {
    pollfd readable{.fd = terminal_, .events = POLLIN, .revents = 0};
    if (::poll(&readable, 1, kPtyLimitMs) != 1) throw std::runtime_error("the program wrote nothing for a minute");
    std::array<char, 4'096> chunk{};
    auto const got = ::read(terminal_, chunk.data(), chunk.size());
    if (got <= 0) return false;  // EIO: nobody has the other side any more
    output_.append(chunk.data(), static_cast<std::size_t>(got));
    return true;
}

}  // namespace leat::cli::testing
