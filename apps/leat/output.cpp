#include "output.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "core/escape.hpp"
#include "inspect/model_json.hpp"

namespace leat::cli {
namespace {

constexpr std::size_t kFieldWidth = 16;

void write(std::FILE* stream, std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stream);
}

// What to do about it, where the code alone tells.
std::string_view advice(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::unavailable:
            return "Check that the server runs and that --redis or LEAT_REDIS names it.";
        case ErrorCode::denied:
            return "Check the user and the password (LEAT_REDIS_PASSWORD) and the user's rights.";
        case ErrorCode::overloaded:
            return "The server refuses writes; free memory or disk there, then run this again.";
        case ErrorCode::unknown_outcome:
            return "It may or may not have happened; running it again with the same id is safe.";
        case ErrorCode::not_durable:
            return "Running it again with the same id is safe and waits for the level again.";
        case ErrorCode::internal:
            return "This is a defect of Leat; please report it.";
        default:
            return {};
    }
}

}  // namespace

Output::Output() : stderr_is_terminal_(::isatty(STDERR_FILENO) == 1) {
    auto const* const no_colour = std::getenv("NO_COLOR");
    auto const* const terminal = std::getenv("TERM");
    bool const wanted = no_colour == nullptr || *no_colour == '\0';
    bool const dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
    colour_ = wanted && !dumb && ::isatty(STDOUT_FILENO) == 1;
}

void Output::print(json const& value) {
    line(inspect::dump(value));
}

void Output::print_table(Table const& table) {
    write(stdout, table.text(colour_));
}

void Output::line(std::string_view text) {
    write(stdout, text);
    write(stdout, "\n");
}

void Output::field(std::string_view name, std::string_view value) {
    auto const padding = name.size() < kFieldWidth ? kFieldWidth - name.size() : 1;
    line(std::string(name) + std::string(padding, ' ') + (value.empty() ? "-" : core::printable(value)));
}

void Output::note(std::string_view text) {
    std::fflush(stdout);
    write(stderr, "leat: " + core::printable(text) + "\n");
}

void Output::error(Error const& error) {
    auto text = error.operation.empty() ? error.detail : error.operation + ": " + error.detail;
    if (auto const then = advice(error.code); !then.empty()) text.append(". ").append(then);
    note(text);
}

void Output::progress(std::string_view text) {
    write(stderr, text);
    std::fflush(stderr);
}

bool Output::flush() {
    return std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
}

}  // namespace leat::cli
