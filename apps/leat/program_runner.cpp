#include "program_runner.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace leat::cli::testing {
namespace {

constexpr int kLimitMs = 60'000;  // of waiting for a line

// A folder that is gone with the object.
class Folder {
  public:
    Folder() {
        auto pattern = (std::filesystem::temp_directory_path() / "leat-cli-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        path_ = pattern;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(Folder const&) = delete;
    Folder& operator=(Folder const&) = delete;
    [[nodiscard]] std::filesystem::path const& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

std::string content(std::filesystem::path const& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// Arguments and environment of a new program, in the form of execve.
class Call {
  public:
    Call(std::vector<std::string> const& arguments, std::map<std::string, std::string> const& variables)
        : arguments_{LEAT_PROGRAM}, variables_{std::string("PATH=") + std::getenv("PATH")} {
        arguments_.insert(arguments_.end(), arguments.begin(), arguments.end());
        for (auto const& [name, value] : variables)
            variables_.push_back(name + "=" + value);
        argv_ = pointers(arguments_);
        envp_ = pointers(variables_);
    }
    Call(Call const&) = delete;
    Call& operator=(Call const&) = delete;

    // In the child: only what is allowed between fork and exec.
    [[noreturn]] void run(int in, int out, int err) const {
        ::dup2(in, STDIN_FILENO);
        ::dup2(out, STDOUT_FILENO);
        if (err >= 0) ::dup2(err, STDERR_FILENO);
        ::execve(argv_[0], argv_.data(), envp_.data());
        ::_exit(127);
    }

  private:
    static std::vector<char*> pointers(std::vector<std::string>& texts) {
        std::vector<char*> result;
        result.reserve(texts.size() + 1);
        for (auto& text : texts)
            result.push_back(text.data());
        result.push_back(nullptr);
        return result;
    }

    std::vector<std::string> arguments_;
    std::vector<std::string> variables_;
    std::vector<char*> argv_;
    std::vector<char*> envp_;
};

int fork_or_throw() {
    auto const child = ::fork();
    if (child < 0) throw std::runtime_error("fork failed");
    return child;
}

int exit_code_of(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Outcome run_leat(std::vector<std::string> const& arguments, std::map<std::string, std::string> const& variables,
                 std::string const& input) {
    Folder const folder;
    auto const work = folder.path() / "work";
    auto const in = folder.path() / "in";
    auto const out = folder.path() / "out";
    auto const err = folder.path() / "err";
    std::filesystem::create_directory(work);
    std::ofstream(in, std::ios::binary) << input;
    Call const call(arguments, variables);
    auto const child = fork_or_throw();
    if (child == 0) {
        if (::chdir(work.c_str()) != 0) ::_exit(126);
        call.run(::open(in.c_str(), O_RDONLY), ::open(out.c_str(), O_WRONLY | O_CREAT, 0600),
                 ::open(err.c_str(), O_WRONLY | O_CREAT, 0600));
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return {.exit_code = exit_code_of(status), .out = content(out), .err = content(err)};
}

RunningLeat::RunningLeat(std::vector<std::string> const& arguments,
                         std::map<std::string, std::string> const& variables) {
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0)
        throw std::runtime_error("pipe failed");
    Call const call(arguments, variables);
    child_ = fork_or_throw();
    if (child_ == 0) call.run(in[0], out[1], -1);
    ::close(in[0]);
    ::close(out[1]);
    input_ = in[1];
    output_ = out[0];
}

RunningLeat::~RunningLeat() {
    close_input();
    if (child_ > 0) {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    ::close(output_);
}

void RunningLeat::write(std::string_view text) {
    if (::write(input_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        throw std::runtime_error("the program takes no input");
    }
}

void RunningLeat::close_input() {
    if (input_ >= 0) ::close(std::exchange(input_, -1));
}

std::string RunningLeat::read_line() {
    for (;;) {
        if (auto const end = buffer_.find('\n'); end != std::string::npos) {
            auto line = buffer_.substr(0, end);
            buffer_.erase(0, end + 1);
            return line;
        }
        pollfd readable{.fd = output_, .events = POLLIN, .revents = 0};
        if (::poll(&readable, 1, kLimitMs) != 1) throw std::runtime_error("the program printed nothing for a minute");
        std::array<char, 4'096> chunk;
        auto const got = ::read(output_, chunk.data(), chunk.size());
        if (got <= 0) return std::exchange(buffer_, {});
        buffer_.append(chunk.data(), static_cast<std::size_t>(got));
    }
}

int RunningLeat::wait() {
    int status = 0;
    ::waitpid(std::exchange(child_, -1), &status, 0);
    return exit_code_of(status);
}

void RunningLeat::signal(int number) {
    ::kill(child_, number);
}

}  // namespace leat::cli::testing
