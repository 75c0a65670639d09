#pragma once
// Runs the real program for tests: arguments, stdin and variables in; exit code, stdout and stderr out.
#include <map>
#include <string>
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

}  // namespace leat::cli::testing
