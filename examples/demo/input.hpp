#pragma once
// The demo's messages: a text file, one message a line, as `text`, `id<TAB>text` or `id<TAB>rating<TAB>text`.
#include <istream>
#include <optional>
#include <string>
#include <vector>

namespace demo {

struct Message {
    std::string text;
    std::optional<double> rating;  // mean human rating, where the file has one
};

// Reads all messages. Lines that start with '#' are comments; empty lines are left out.
[[nodiscard]] std::vector<Message> read_messages(std::istream& input);

}  // namespace demo
