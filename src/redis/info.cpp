#include "redis/info.hpp"

#include <algorithm>
#include <charconv>

namespace leat::redis {

std::string_view info_field(std::string_view info, std::string_view name) noexcept {
    while (!info.empty()) {
        auto const line = info.substr(0, info.find_first_of("\r\n"));
        if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':')
            return line.substr(name.size() + 1);
        info.remove_prefix(std::min(line.size() + 1, info.size()));
    }
    return {};
}

std::int64_t info_number(std::string_view text) noexcept {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace leat::redis
