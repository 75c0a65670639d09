#pragma once
// Responses as they go over the wire, with the fields that make a browser careful.
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace leat::http {

// Scripts, styles and connections of our own origin only; no frames around us, no forms, no plug-ins.
inline constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// Status line and fields, up to and with the empty line. Fields whose name or value would break the framing are left
// out.
[[nodiscard]] std::string head_text(Response const& response, bool keep_alive);
// The same for an event stream, whose length is not known: it ends with the connection.
[[nodiscard]] std::string stream_head_text();

}  // namespace leat::http
