#include "top_terminal.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace leat::cli::top {
namespace {

constexpr char const* kPath = "/dev/tty";
// The other screen, without a cursor and without going on in the next line where one is too long.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
constexpr std::string_view kLeave = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";
constexpr std::array kFatal = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

void write_all(int descriptor, std::string_view text) noexcept {
    while (!text.empty()) {
        auto const written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;  // the terminal is gone
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

// What a crash has to put right: only what is allowed in a signal handler.
int fatal_descriptor = -1;
termios fatal_state{};

extern "C" void restore_and_die(int number) {
    write_all(fatal_descriptor, kLeave);
    ::tcsetattr(fatal_descriptor, TCSANOW, &fatal_state);
    ::raise(number);  // its handler is the system's again
}

void watch_fatal(int descriptor, termios const& state) {
    fatal_descriptor = descriptor;
    fatal_state = state;
    struct sigaction action {};
    action.sa_handler = restore_and_die;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (int const number : kFatal)
        ::sigaction(number, &action, nullptr);
}

void forget_fatal() noexcept {
    for (int const number : kFatal)
        std::signal(number, SIG_DFL);
    fatal_descriptor = -1;
}

}  // namespace

Result<std::unique_ptr<Terminal>> Terminal::open() {
    int const descriptor = ::open(kPath, O_RDWR | O_NOCTTY | O_CLOEXEC);
    auto const* const kind = std::getenv("TERM");
    bool const dumb = kind == nullptr || std::string_view(kind) == "dumb";
    if (descriptor < 0 || ::isatty(STDOUT_FILENO) != 1 || dumb) {
        if (descriptor >= 0) ::close(descriptor);
        return fail(ErrorCode::invalid_input, "top",
                    "this is no terminal that can be drawn on; `leat top --once` prints one frame, --json one object");
    }
    return std::unique_ptr<Terminal>(new Terminal(descriptor));
}

Terminal::~Terminal() {
    leave();
    ::close(descriptor_);
}

void Terminal::enter() {
    if (entered_) return;
    ::tcgetattr(descriptor_, &before_);
    watch_fatal(descriptor_, before_);
    auto raw = before_;
    ::cfmakeraw(&raw);
    ::tcsetattr(descriptor_, TCSANOW, &raw);
    entered_ = true;
    write(kEnter);
    forget();
}

void Terminal::leave() noexcept {
    if (!entered_) return;
    entered_ = false;
    write(kLeave);
    ::tcsetattr(descriptor_, TCSAFLUSH, &before_);
    forget_fatal();
}

Size Terminal::size() const noexcept {
    winsize window{};
    if (::ioctl(descriptor_, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0) return {};
    return {window.ws_col, window.ws_row};
}

void Terminal::draw(std::vector<Line> const& lines, bool colour) {
    if (!entered_) return;
    std::string out;
    if (drawn_.size() != lines.size()) {
        drawn_.assign(lines.size(), {});
        out += "\x1b[2J";
    }
    for (std::size_t row = 0; row < lines.size(); ++row) {
        auto text = painted(lines[row], colour);
        if (text == drawn_[row]) continue;
        // Erased first: behind a line as wide as the screen the cursor is still on its last character.
        out += "\x1b[" + std::to_string(row + 1) + ";1H\x1b[K" + text;
        drawn_[row] = std::move(text);
    }
    write(out);
}

Result<int> Terminal::open_input() const {
    int const descriptor = ::open(kPath, O_RDONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return fail(ErrorCode::internal, "top", std::string("/dev/tty: ") + std::strerror(errno));
    return descriptor;
}

void Terminal::write(std::string_view text) const noexcept {
    write_all(descriptor_, text);
}

}  // namespace leat::cli::top
