#include "exit_code.hpp"

#include <array>

namespace leat::cli {
namespace {

constexpr std::array kHelp = {
    ExitCodeHelp{ExitCode::ok, "everything went well"},
    ExitCodeHelp{ExitCode::failure, "something failed, see the message"},
    ExitCodeHelp{ExitCode::usage, "bad arguments, input or configuration"},
    ExitCodeHelp{ExitCode::alert, "a check found something (pending --alert, chaos, doctor)"},
    ExitCodeHelp{ExitCode::not_found, "no such task, dead letter or file"},
    ExitCodeHelp{ExitCode::unavailable, "no connection to the server"},
    ExitCodeHelp{ExitCode::denied, "wrong password or missing right"},
    ExitCodeHelp{ExitCode::refused, "the server or the agent takes no more work now; nothing was stored"},
    ExitCodeHelp{ExitCode::timeout, "what was awaited did not happen in time"},
    ExitCodeHelp{ExitCode::partial, "some items failed, the rest went through"},
    ExitCodeHelp{ExitCode::unsuccessful, "the awaited task ended dead, cancelled or expired"},
};

}  // namespace

std::span<ExitCodeHelp const> exit_code_help() noexcept {
    return kHelp;
}

std::string exit_code_section() {
    std::string text = "Exit codes:\n";
    for (auto const& [code, meaning] : kHelp) {
        auto const number = std::to_string(static_cast<int>(code));
        text += std::string(4 - number.size(), ' ') + number + "  " + std::string(meaning) + "\n";
    }
    return text;
}

ExitCode exit_code_of(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::invalid_input:
        case ErrorCode::too_large:
            return ExitCode::usage;
        case ErrorCode::not_found:
            return ExitCode::not_found;
        case ErrorCode::unavailable:
            return ExitCode::unavailable;
        case ErrorCode::overloaded:
            return ExitCode::refused;
        case ErrorCode::timeout:
            return ExitCode::timeout;
        case ErrorCode::denied:
            return ExitCode::denied;
        case ErrorCode::unknown_outcome:
        case ErrorCode::not_durable:
        case ErrorCode::unsupported:
        case ErrorCode::corrupt:
        case ErrorCode::cancelled:
        case ErrorCode::internal:
            return ExitCode::failure;
    }
    return ExitCode::failure;
}

ExitCode exit_code_of(TaskState outcome) noexcept {
    return outcome == TaskState::succeeded ? ExitCode::ok : ExitCode::unsuccessful;
}

}  // namespace leat::cli
