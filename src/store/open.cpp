#include "store/open.hpp"

#include <algorithm>
#include <string_view>

namespace leat::store {
namespace {

constexpr std::size_t kPrefixMax = 32;  // bytes
constexpr std::chrono::milliseconds kCommandTimeoutMax = std::chrono::hours(1);

bool valid_prefix(std::string_view prefix) {
    auto const allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
               c == '-';
    };
    return !prefix.empty() && prefix.size() <= kPrefixMax && std::ranges::all_of(prefix, allowed);
}

}  // namespace

Result<redis::ConnectOptions> connect_options_of(ConnectionOptions const& options) {
    if (!valid_prefix(options.prefix)) {
        return fail(ErrorCode::invalid_input, "connect", "the prefix must be 1 to 32 characters of [A-Za-z0-9_.-]");
    }
    auto connect = redis::parse_url(options.redis);
    if (!connect) return connect;
    if (!options.username.empty()) connect->username = options.username;
    if (!options.password.empty()) connect->password = options.password;
    if (!options.tls_ca_file.empty()) connect->tls_ca_file = options.tls_ca_file;
    if (options.tls_cert_file.empty() != options.tls_key_file.empty()) {
        return fail(ErrorCode::invalid_input, "connect",
                    "tls_cert_file and tls_key_file belong together; name both or none");
    }
    connect->tls_cert_file = options.tls_cert_file;
    connect->tls_key_file = options.tls_key_file;
    connect->sentinel_username = options.sentinel_username;
    connect->sentinel_password = options.sentinel_password;
    for (auto const timeout : {options.connect_timeout, options.command_timeout}) {
        if (timeout < std::chrono::milliseconds(1) || timeout > kCommandTimeoutMax) {
            return fail(ErrorCode::invalid_input, "connect", "connect_timeout and command_timeout must be 1 ms to 1 h");
        }
    }
    connect->connect_timeout = options.connect_timeout;
    connect->command_timeout = options.command_timeout;
    return connect;
}

}  // namespace leat::store
