#include "redis/connect_options.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <optional>

#include "core/escape.hpp"

namespace leat::redis {
namespace {

constexpr std::string_view kOperation = "redis url";
constexpr std::size_t kMaxUrlBytes = 4096;
constexpr std::size_t kMaxSentinels = 16;
constexpr std::size_t kMaxMasterNameBytes = 128;
constexpr std::uint16_t kSentinelPort = 26379;
constexpr std::string_view kSentinelScheme = "redis+sentinel";
constexpr std::string_view kTlsSentinelScheme = "rediss+sentinel";
constexpr std::string_view kForms =
    "use redis://[user[:password]@]host[:port][/db], rediss://… for TLS, unix:///path[?db=N] or "
    "redis+sentinel://host[:port][,host[:port]…]/master[/db]; special characters in user and password are written as "
    "%XX";

std::unexpected<Error> invalid(std::string_view why) {
    return fail(ErrorCode::invalid_input, kOperation, std::string(why) + "; " + std::string(kForms));
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number value = 0;
    auto const* const last = text.data() + text.size();
    auto const [end, fault] = std::from_chars(text.data(), last, value);
    if (fault != std::errc() || end != last || value < 0) return std::nullopt;
    return value;
}

std::optional<std::int64_t> parse_database(std::string_view text) {
    return parse_number<std::int32_t>(text);
}

Result<Address> read_address(boost::urls::url_view const& url, Address address) {
    if (auto const host = url.host_address(); !host.empty()) address.host = host;
    if (auto const text = url.port(); !text.empty()) {
        auto const port = parse_number<std::uint16_t>({text.data(), text.size()});
        if (!port || *port == 0) return invalid("the port is not a number from 1 to 65535");
        address.port = *port;
    }
    return address;
}

Result<void> read_tcp(boost::urls::url_view const& url, ConnectOptions& options) {
    auto const address = read_address(url, {options.host, options.port});
    if (!address) return std::unexpected(address.error());
    options.host = address->host;
    options.port = address->port;
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

Result<boost::urls::url_view> parsed(std::string_view text) {
    auto const url = boost::urls::parse_uri({text.data(), text.size()});
    if (!url) return invalid("this is not a URL");
    if (!url->has_authority() || url->has_fragment()) return invalid("this is not a URL of a server");
    return *url;
}

// "master" or "master/0".
Result<void> read_master(std::string path, ConnectOptions& options) {
    if (path.starts_with('/')) path.erase(0, 1);
    auto const slash = path.find('/');
    options.master_name = path.substr(0, slash);
    auto const& name = options.master_name;
    bool const good = std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~'; });
    if (name.empty() || name.size() > kMaxMasterNameBytes || !good) {
        return invalid("behind the sentinels comes the name of the master");
    }
    if (slash == std::string::npos || slash + 1 == path.size()) return {};
    auto const database = parse_database(std::string_view(path).substr(slash + 1));
    if (!database) return invalid("the database is not a number");
    options.database = *database;
    return {};
}

// A URL has one host; the list of sentinels is taken apart here, and each of its parts read as a URL of its own.
Result<ConnectOptions> parse_sentinels(std::string_view scheme, std::string_view rest) {
    auto const slash = std::min(rest.find_first_of("/?#"), rest.size());
    auto const authority = rest.substr(0, slash);
    auto const at = authority.rfind('@');
    auto const user = at == std::string_view::npos ? std::string_view() : authority.substr(0, at + 1);
    auto hosts = authority.substr(user.size());

    ConnectOptions options;
    options.transport = scheme == kTlsSentinelScheme ? TransportKind::tls : TransportKind::tcp;
    auto const frame = std::string("redis://") + std::string(user) + "host" + std::string(rest.substr(slash));
    auto const url = parsed(frame);
    if (!url) return std::unexpected(url.error());
    if (url->has_query()) return invalid("only unix:// takes parameters");
    options.username = url->user();
    options.password = url->password();
    if (auto const read = read_master(url->path(), options); !read) return std::unexpected(read.error());
    for (bool more = true; more;) {
        auto const comma = hosts.find(',');
        auto const text = "redis://" + std::string(hosts.substr(0, comma));
        more = comma != std::string_view::npos;
        if (more) hosts.remove_prefix(comma + 1);
        auto const host = parsed(text);
        if (!host || host->host_address().empty() || host->has_userinfo()) {
            return invalid("a sentinel is written as host or host:port");
        }
        auto const address = read_address(*host, {{}, kSentinelPort});
        if (!address) return std::unexpected(address.error());
        options.sentinels.push_back(*address);
    }
    if (options.sentinels.size() > kMaxSentinels) return invalid("there are more than 16 sentinels");
    return options;
}

std::string bracketed(std::string const& host) {
    return host.find(':') != std::string::npos ? "[" + host + "]" : host;
}

}  // namespace

std::string to_string(Address const& address) {
    return core::printable(bracketed(address.host) + ":" + std::to_string(address.port));
}

Result<ConnectOptions> parse_url(std::string_view text) {
    if (text.size() > kMaxUrlBytes) return invalid("the URL is longer than 4096 bytes");
    for (auto const scheme : {kSentinelScheme, kTlsSentinelScheme}) {
        auto const head = std::string(scheme) + "://";
        if (text.starts_with(head)) return parse_sentinels(scheme, text.substr(head.size()));
    }
    auto const url = parsed(text);
    if (!url) return std::unexpected(url.error());

    ConnectOptions options;
    options.username = url->user();
    options.password = url->password();
    auto const scheme = std::string_view(url->scheme().data(), url->scheme().size());
    Result<void> read;
    if (scheme == "redis" || scheme == "rediss") {
        options.transport = scheme == "rediss" ? TransportKind::tls : TransportKind::tcp;
        read = read_tcp(*url, options);
    } else if (scheme == "unix") {
        read = read_unix(*url, options);
    } else {
        read = invalid("the scheme is unknown");
    }
    if (!read) return std::unexpected(read.error());
    return options;
}

ConnectOptions sentinel_options(ConnectOptions const& options, Address const& sentinel) {
    auto at = options;
    at.host = sentinel.host;
    at.port = sentinel.port;
    at.username = options.sentinel_username;
    at.password = options.sentinel_password;
    at.database = 0;
    at.sentinels.clear();
    return at;
}

std::string describe(ConnectOptions const& options) {
    std::string text;
    if (options.transport == TransportKind::unix_socket) {
        text = "unix://" + options.socket_path;
        if (options.database != 0) text += "?db=" + std::to_string(options.database);
        return core::printable(text);
    }
    text = options.transport == TransportKind::tls ? "rediss" : "redis";
    if (options.sentinels.empty()) {
        text += "://" + bracketed(options.host) + ":" + std::to_string(options.port);
    } else {
        text += "+sentinel://";
        for (auto const& sentinel : options.sentinels)
            text += (text.ends_with('/') ? "" : ",") + to_string(sentinel);
        text += "/" + options.master_name;
    }
    return core::printable(text + "/" + std::to_string(options.database));
}

}  // namespace leat::redis
