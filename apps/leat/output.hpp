#pragma once
// Where the program prints: answers to stdout, everything else to stderr.
#include <string>
#include <string_view>

#include "leat/error.hpp"
#include "leat/json.hpp"
#include "table.hpp"

namespace leat::cli {

class Output {
  public:
    // Looks at the terminal and NO_COLOR once.
    Output();

    bool json_mode = false;  // --json

    [[nodiscard]] bool stderr_is_terminal() const noexcept { return stderr_is_terminal_; }

    // One JSON document on a line of its own.
    void print(json const& value);
    void print_table(Table const& table);
    // One line of our own words; untrusted parts must have gone through core::printable.
    void line(std::string_view text);
    // "  key   value" with the value escaped.
    void field(std::string_view name, std::string_view value);

    // "leat: …" on stderr, escaped.
    void note(std::string_view text);
    // The error as a sentence, and where known another one with what to do.
    void error(Error const& error);
    // Raw text for a progress line.
    void progress(std::string_view text);

    // False where stdout took not everything (disk full, closed pipe).
    [[nodiscard]] bool flush();

  private:
    bool colour_ = false;
    bool stderr_is_terminal_ = false;
};

}  // namespace leat::cli
