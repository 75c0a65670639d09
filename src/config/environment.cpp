#include "config/environment.hpp"

#include "config/units.hpp"

namespace leat::config {

std::map<std::string, std::string> environment_of(ConnectionOptions const& connection) {
    return {
        {"LEAT_REDIS", connection.redis},
        {"LEAT_PREFIX", connection.prefix},
        {"LEAT_REDIS_USERNAME", connection.username},
        {"LEAT_REDIS_PASSWORD", connection.password},
        {"LEAT_REDIS_PASSWORD_FILE", {}},  // what it says is the password by now
        {"LEAT_REDIS_TLS_CA_FILE", connection.tls_ca_file},
        {"LEAT_REDIS_TLS_CERT_FILE", connection.tls_cert_file},
        {"LEAT_REDIS_TLS_KEY_FILE", connection.tls_key_file},
        {"LEAT_SENTINEL_USERNAME", connection.sentinel_username},
        {"LEAT_SENTINEL_PASSWORD", connection.sentinel_password},
        {"LEAT_REDIS_CONNECT_TIMEOUT", format_duration(connection.connect_timeout)},
        {"LEAT_REDIS_COMMAND_TIMEOUT", format_duration(connection.command_timeout)},
    };
}

}  // namespace leat::config
