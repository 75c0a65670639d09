#pragma once
// Starting other programs: servers of our own and the processes of a chaos run.
#include <sys/types.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace leat::cli {

struct Subprocess {
    std::vector<std::string> arguments;                // the first one is the program's path
    std::map<std::string, std::string> environment{};  // added to ours, replaces variables of the same name
    std::string output{};                              // file to which stdout and stderr are added; empty: ours
    int death_signal = 0;                              // what it gets when the thread that starts it ends
};

// Starts it in a process group of its own, so that Ctrl-C reaches us first, with no input. Its process id; -1 where no
// process can be made (errno says why). A program that cannot be run ends with status 127.
[[nodiscard]] pid_t spawn(Subprocess const& process);

// The path of a program in PATH, empty where there is none.
[[nodiscard]] std::string find_in_path(std::string_view program);

// The path of this very program.
[[nodiscard]] std::string own_path();

}  // namespace leat::cli
