#pragma once
// One configuration value: as it was written, the place it is stored in, and the rules between the two.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "leat/options.hpp"

namespace leat::config {

// A value as written. Text comes from the environment and from flags and is read by the option's type; the others have
// the type that leat.toml gave them.
struct Text {
    std::string value;
};
struct Unusable {
    std::string_view type;  // "a date", "a table": what no option takes
};
using Raw = std::variant<Text, bool, std::int64_t, double, std::string, std::vector<std::string>,
                         std::vector<std::int64_t>, Unusable>;

// Places that need more than their C++ type to say what they hold.
struct Path {
    std::string* value;
};
struct Secret {
    std::string* value;  // never shown
};
struct Url {
    std::string* value;  // its password is never shown
};
struct Command {
    std::vector<std::string>* value;
};
// Texts: an array, or one text with commas between them.
struct List {
    std::vector<std::string>* value;
};
struct Seconds {
    std::optional<std::uint64_t>* value;  // written as a duration
};
struct Count {
    std::optional<std::uint64_t>* value;
};
// Where an option is stored. Milliseconds are durations, std::size_t and optional std::uint64_t are sizes in bytes.
using Field = std::variant<bool*, int*, std::int64_t*, std::optional<std::int64_t>*, double*, std::string*, Path,
                           Secret, Url, Milliseconds*, std::size_t*, std::optional<std::uint64_t>*, Seconds, Count,
                           Command, List, LaneOrder*, Durability*, std::array<int, kLanes>*>;

// What holds for a value besides its type. `min` and `max` are in the field's unit: ms, seconds, bytes or a plain
// number.
struct Rules {
    std::int64_t min = 0;
    std::int64_t max = 0;
    // For texts: what is wrong with the value and how to write it, empty when it is right; may be null.
    std::string (*check)(std::string_view value) = nullptr;
};

// Stores `raw` in `field`. Answers what is wrong and how to write it instead; empty when it was stored.
[[nodiscard]] std::string assign(Field const& field, Rules const& rules, Raw const& raw);

// The value as leat.toml would have it ("\"30s\"", "16", "[8, 4, 2, 1]"), "none" for an empty optional, "***" for a
// secret that is set. Text is escaped for printing.
[[nodiscard]] std::string show(Field const& field);

// The type for people: "duration", "size", "whole number" …
[[nodiscard]] std::string_view type_name(Field const& field) noexcept;
// "1s to 1d" for types with bounds, else empty.
[[nodiscard]] std::string show_bounds(Field const& field, Rules const& rules);

}  // namespace leat::config
