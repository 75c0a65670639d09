#pragma once
// Where a RESP value ends and what a command says, for a proxy that passes the bytes on as they are.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leat::crash_points {

// Bytes of the first value in `bytes`; nothing while it is incomplete. Throws std::runtime_error for what is no RESP.
[[nodiscard]] std::optional<std::size_t> frame_size(std::string_view bytes);

// The words of a command, an array of bulk strings. Throws std::runtime_error where `frame` is none.
[[nodiscard]] std::vector<std::string> words_of(std::string_view frame);

}  // namespace leat::crash_points
