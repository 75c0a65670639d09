#pragma once
// The JSON type of the public interface: payloads in, results out.
#include <nlohmann/json.hpp>

namespace leat {

// UTF-8 JSON value. Payloads and results are limited to `Limits::payload_bytes` of serialised text.
using json = nlohmann::json;

}  // namespace leat
