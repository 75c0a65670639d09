#pragma once
// Runs the real program for tests: arguments, stdin and variables in; exit code, stdout and stderr out.
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace leat::cli::testing {

struct Outcome {
    int exit_code = -1;  // 128 + signal where it was killed
    std::string out;
    std::string err;
};

// Blocks until the program has ended. Its environment is PATH and `variables` only; it runs in an empty folder.
[[nodiscard]] Outcome run_leat(std::vector<std::string> const& arguments,
                               std::map<std::string, std::string> const& variables = {}, std::string const& input = {});

// A program that runs beside the test. Whatever waits fails the test by an exception after a minute.
class RunningLeat {
  public:
    explicit RunningLeat(std::vector<std::string> const& arguments,
                         std::map<std::string, std::string> const& variables = {});
    // Kills it where it still runs.
    ~RunningLeat();
    RunningLeat(RunningLeat const&) = delete;
    RunningLeat& operator=(RunningLeat const&) = delete;

    // To its stdin.
    void write(std::string_view text);
    void close_input();
    // The next line of its stdout, without its end; empty at the end.
    [[nodiscard]] std::string read_line();
    // As Outcome::exit_code.
    int wait();
    // SIGINT is what Ctrl-C sends.
    void signal(int number);
    [[nodiscard]] int pid() const noexcept { return child_; }

  private:
    int child_ = -1;
    int input_ = -1;
    int output_ = -1;
    std::string buffer_;
};

}  // namespace leat::cli::testing
