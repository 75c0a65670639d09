#pragma once
// Errors as problem details (RFC 9457): title, status, detail and a stable `code`.
#include <string>
#include <string_view>

#include "http/message.hpp"
#include "leat/error.hpp"

namespace leat::http {

// `code`: a stable word of ours. `detail`: a sentence that says what to do; safe to show.
[[nodiscard]] Response problem(unsigned status, std::string_view code, std::string_view detail);
// Of an error of the library; its code is the problem's.
[[nodiscard]] Response problem(Error const& error);
[[nodiscard]] unsigned status_of(ErrorCode code) noexcept;
// "Not Found"; "Unknown" for statuses that the server never answers.
[[nodiscard]] std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace leat::http
