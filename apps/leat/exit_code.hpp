#pragma once
// The program's exit codes: a public interface, listed in --help and docs/cli.md.
#include <span>
#include <string>
#include <string_view>

#include "leat/error.hpp"
#include "leat/task.hpp"

namespace leat::cli {

enum class ExitCode : int {
    ok = 0,
    failure = 1,       // anything without a code of its own; also an unknown outcome
    usage = 2,         // bad arguments, input or configuration
    alert = 3,         // a check found something: `pending --alert`, `chaos`, `doctor`
    not_found = 4,     // no such task, dead letter or file
    unavailable = 5,   // no connection to the server
    denied = 6,        // wrong password or missing right
    refused = 7,       // the server or the agent takes no more work now
    timeout = 8,       // the awaited thing did not happen in time
    partial = 9,       // some items failed, the rest went through
    unsuccessful = 10  // the awaited task ended dead, cancelled or expired
};

struct ExitCodeHelp {
    ExitCode code;
    std::string_view meaning;
};
// All codes in order.
[[nodiscard]] std::span<ExitCodeHelp const> exit_code_help() noexcept;
// The codes as a section of --help.
[[nodiscard]] std::string exit_code_section();

[[nodiscard]] ExitCode exit_code_of(ErrorCode code) noexcept;
// Of a task that was awaited.
[[nodiscard]] ExitCode exit_code_of(TaskState outcome) noexcept;

}  // namespace leat::cli
