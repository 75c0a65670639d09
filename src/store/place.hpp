#pragma once
// Where a ready task's message is, as its record says it: "n/1732-0", the first letter of the lane and the entry. So
// short because Redis keeps a text of up to 44 bytes in the memory of its value.
#include <string>
#include <string_view>

#include "leat/task.hpp"

namespace leat::store {

[[nodiscard]] inline std::string place_text(Lane lane, std::string_view entry_id) {
    std::string text{to_string(lane).front(), '/'};
    return text.append(entry_id);
}

// The lane of a place; normal where the text is none.
[[nodiscard]] inline Lane lane_of_place(std::string_view place) noexcept {
    for (auto const lane : {Lane::critical, Lane::high, Lane::low})
        if (place.starts_with(to_string(lane).front())) return lane;
    return Lane::normal;
}

}  // namespace leat::store
