#pragma once
// A command line split into program and arguments, without a shell.
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace leat::config {

// Splits at blanks. '…' keeps everything as it is; in "…" a backslash keeps the next of \ " $ ` as it is; elsewhere a
// backslash keeps any next character as it is. The result is never empty, its words may be ("").
// The error is a sentence: a quote that is not closed, a backslash at the end, nothing but blanks, or something only a
// shell could do (| & ; < > ( ) ` $ outside of quotes, and $ or ` inside of "…").
[[nodiscard]] std::expected<std::vector<std::string>, std::string> split_command(std::string_view line);

}  // namespace leat::config
