#pragma once
// Takes JSON text apart without reading it whole: a payload is passed on as it came, with its order of names, its
// spaces and its numbers of any size.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leat::http {

struct JsonMember {
    std::string name{};
    std::string_view text{};  // of the value; a part of the whole text
};

// The members of an object; nothing where it is none. Values are only delimited (quotes and brackets are balanced):
// whoever uses one checks it. Cost O(length), no recursion.
[[nodiscard]] std::optional<std::vector<JsonMember>> json_members(std::string_view text);
// The items of an array, likewise.
[[nodiscard]] std::optional<std::vector<std::string_view>> json_items(std::string_view text);

}  // namespace leat::http
