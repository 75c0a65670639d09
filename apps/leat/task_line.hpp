#pragma once
// One line of a task file: either a payload as it is, or an envelope around one.
//
// The rule: a line that is a JSON object with a member "payload" is an envelope. Its other members may be "id",
// "priority", "delay", "max_retries", "timeout" and "traceparent"; any other one makes the line bad. Every other line
// is a payload as a whole. To send an object that has a member "payload" itself, wrap it ({"payload": {…}}) or read the
// file with
// --plain.
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leat/options.hpp"

namespace leat::cli {

// Splits a JSON object into its top-level members, values as the text they have in the line (so that numbers keep their
// digits). Answers nothing where the text is no object at its top level; what is inside the values is not checked.
struct RawMember {
    std::string key;  // unescaped
    std::string_view value;
};
[[nodiscard]] std::optional<std::vector<RawMember>> split_object(std::string_view text);

// The task of a line that is not blank. `defaults` hold for what the envelope does not say. The payload is not checked:
// whoever sends it does that. The error is a sentence for people.
[[nodiscard]] std::expected<NewTask, std::string> parse_task_line(std::string_view line, bool plain,
                                                                  DispatchOptions const& defaults);

}  // namespace leat::cli
