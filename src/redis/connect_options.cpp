#include "redis/connect_options.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <optional>

#include "core/escape.hpp"

namespace leat::redis {
namespace {

constexpr std::string_view kOperation = "redis url";
constexpr std::size_t kMaxUrlBytes = 4096;
constexpr std::string_view kForms =
    "use redis://[user[:password]@]host[:port][/db], rediss://… for TLS or unix:///path[?db=N]; special characters in "
    "user and password are written as %XX";

std::unexpected<Error> invalid(std::string_view why) {
    return fail(ErrorCode::invalid_input, kOperation, std::string(why) + "; " + std::string(kForms));
}

std::optional<std::int64_t> parse_database(std::string_view text) {
    std::int32_t value = 0;
    auto const* const last = text.data() + text.size();
    auto const [end, fault] = std::from_chars(text.data(), last, value);
    if (fault != std::errc() || end != last || value < 0) return std::nullopt;
    return value;
}

Result<void> read_tcp(boost::urls::url_view const& url, ConnectOptions& options) {
    if (auto const host = url.host_address(); !host.empty()) options.host = host;
    if (!url.port().empty()) {
        if (url.port_number() == 0) return invalid("the port is not a number from 1 to 65535");
        options.port = url.port_number();
    }
    if (url.has_query()) return invalid("only unix:// takes parameters");
    auto path = url.path();
    if (path.starts_with('/')) path.erase(0, 1);
    if (path.empty()) return {};
    auto const database = parse_database(path);
    if (!database) return invalid("the database is not a number");
    options.database = *database;
    return {};
}

Result<void> read_unix(boost::urls::url_view const& url, ConnectOptions& options) {
    if (!url.host().empty() || url.has_port()) return invalid("a unix socket has no host; write three slashes");
    options.transport = TransportKind::unix_socket;
    options.socket_path = url.path();
    if (options.socket_path.size() < 2 || !options.socket_path.starts_with('/') ||
        options.socket_path.find('\0') != std::string::npos) {
        return invalid("the path of the unix socket is missing");
    }
    for (auto const& parameter : url.params()) {
        auto const database = parameter.key == "db" ? parse_database(parameter.value) : std::nullopt;
        if (!database) return invalid("the only parameter is db, a number");
        options.database = *database;
    }
    return {};
}

}  // namespace

Result<ConnectOptions> parse_url(std::string_view text) {
    if (text.size() > kMaxUrlBytes) return invalid("the URL is longer than 4096 bytes");
    auto const parsed = boost::urls::parse_uri({text.data(), text.size()});
    if (!parsed) return invalid("this is not a URL");
    auto const& url = *parsed;
    if (!url.has_authority() || url.has_fragment()) return invalid("this is not a URL of a server");

    ConnectOptions options;
    options.username = url.user();
    options.password = url.password();
    auto const scheme = std::string_view(url.scheme().data(), url.scheme().size());
    Result<void> read;
    if (scheme == "redis" || scheme == "rediss") {
        options.transport = scheme == "rediss" ? TransportKind::tls : TransportKind::tcp;
        read = read_tcp(url, options);
    } else if (scheme == "unix") {
        read = read_unix(url, options);
    } else {
        read = invalid("the scheme is unknown");
    }
    if (!read) return std::unexpected(read.error());
    return options;
}

std::string describe(ConnectOptions const& options) {
    std::string text;
    if (options.transport == TransportKind::unix_socket) {
        text = "unix://" + options.socket_path;
        if (options.database != 0) text += "?db=" + std::to_string(options.database);
    } else {
        bool const bracketed = options.host.find(':') != std::string::npos;
        text = options.transport == TransportKind::tls ? "rediss://" : "redis://";
        text += bracketed ? "[" + options.host + "]" : options.host;
        text += ":" + std::to_string(options.port) + "/" + std::to_string(options.database);
    }
    return core::printable(text);
}

}  // namespace leat::redis
