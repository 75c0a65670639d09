#include "redis/command.hpp"

namespace leat::redis {

void Command::append_to(std::string& wire) const {
    char digits[24];
    auto const end = std::to_chars(digits, digits + sizeof digits, count_).ptr;
    wire += '*';
    wire.append(digits, end);
    wire += "\r\n";
    wire += body_;
}

}  // namespace leat::redis
