#include "config/split_command.hpp"

#include <optional>

namespace leat::config {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kShellOnly = "|&;<>()`$";
constexpr std::string_view kShellOnlyInQuotes = "`$";
constexpr std::string_view kEscapableInQuotes = "\\\"$`";

bool is_in(char c, std::string_view characters) noexcept {
    return characters.find(c) != std::string_view::npos;
}

class Splitter {
  public:
    explicit Splitter(std::string_view line) : rest_(line) {}

    std::expected<std::vector<std::string>, std::string> run() {
        while (!rest_.empty() && problem_.empty())
            step(take());
        finish_word();
        if (problem_.empty() && words_.empty()) problem_ = "the command is empty; write a program and its arguments";
        if (!problem_.empty()) return std::unexpected(std::move(problem_));
        return std::move(words_);
    }

  private:
    char take() noexcept {
        char const c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    void step(char c) {
        if (is_in(c, kBlanks)) {
            finish_word();
        } else if (c == '\'') {
            single_quoted();
        } else if (c == '"') {
            double_quoted();
        } else if (c == '\\') {
            if (rest_.empty()) {
                problem_ = "a backslash at the end has nothing to keep; remove it";
            } else {
                add(take());
            }
        } else if (is_in(c, kShellOnly)) {
            shell_problem(c);
        } else {
            add(c);
        }
    }

    void single_quoted() {
        auto const end = rest_.find('\'');
        if (end == std::string_view::npos) {
            problem_ = "a single quote (') is not closed; close it";
            return;
        }
        word().append(rest_.substr(0, end));
        rest_.remove_prefix(end + 1);
    }

    void double_quoted() {
        word();
        while (!rest_.empty()) {
            char const c = take();
            if (c == '"') return;
            if (is_in(c, kShellOnlyInQuotes)) return shell_problem(c);
            if (c == '\\' && !rest_.empty() && is_in(rest_.front(), kEscapableInQuotes)) {
                add(take());
            } else {
                add(c);
            }
        }
        problem_ = "a double quote (\") is not closed; close it";
    }

    void shell_problem(char c) {
        problem_ = std::string("no shell runs the command, so ") + c +
                   " has no meaning; put it in single quotes, or start a shell with [\"sh\", \"-c\", \"…\"]";
    }

    std::string& word() {
        if (!word_) word_.emplace();
        return *word_;
    }
    void add(char c) { word() += c; }
    void finish_word() {
        if (word_) words_.push_back(std::move(*word_));
        word_.reset();
    }

    std::string_view rest_;
    std::optional<std::string> word_;  // the one under way
    std::vector<std::string> words_;
    std::string problem_;
};

}  // namespace

std::expected<std::vector<std::string>, std::string> split_command(std::string_view line) {
    return Splitter(line).run();
}

}  // namespace leat::config
