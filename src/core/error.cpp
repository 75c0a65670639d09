#include "leat/error.hpp"

#include "core/escape.hpp"

namespace leat {

namespace {
constexpr std::size_t kDetailBytes = 2048;  // longer details are cut
}

std::string_view to_string(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::invalid_input:
            return "invalid_input";
        case ErrorCode::too_large:
            return "too_large";
        case ErrorCode::not_found:
            return "not_found";
        case ErrorCode::unavailable:
            return "unavailable";
        case ErrorCode::overloaded:
            return "overloaded";
        case ErrorCode::timeout:
            return "timeout";
        case ErrorCode::unknown_outcome:
            return "unknown_outcome";
        case ErrorCode::not_durable:
            return "not_durable";
        case ErrorCode::denied:
            return "denied";
        case ErrorCode::unsupported:
            return "unsupported";
        case ErrorCode::corrupt:
            return "corrupt";
        case ErrorCode::cancelled:
            return "cancelled";
        case ErrorCode::internal:
            return "internal";
    }
    return "unknown";
}

std::string Error::message() const {
    auto text = operation;
    if (!operation.empty() && !detail.empty()) text += ": ";
    text += detail;
    if (!text.empty()) text += ' ';
    return text.append("(").append(to_string(code)).append(")");
}

std::unexpected<Error> fail(ErrorCode code, std::string_view operation, std::string_view detail) {
    return std::unexpected(
        Error{code, core::printable(operation, kDetailBytes), core::printable(detail, kDetailBytes)});
}

}  // namespace leat
