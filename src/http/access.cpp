#include "http/access.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cmath>

namespace leat::http {
namespace {

std::string lowered(std::string_view text) {
    std::string out(text);
    for (auto& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

// "[::1]:7070" → "::1", "Leat:7070" → "leat"; empty where it is malformed.
std::string host_name(std::string_view host) {
    std::string_view port;
    std::string_view name = host;
    if (host.starts_with('[')) {
        auto const end = host.find(']');
        if (end == std::string_view::npos) return {};
        name = host.substr(1, end - 1);
        port = host.substr(end + 1);
    } else if (auto const colon = host.find(':'); colon != std::string_view::npos) {
        name = host.substr(0, colon);
        port = host.substr(colon);
    }
    if (!port.empty()) {
        auto const digits = port.substr(1);
        bool const number = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
        if (port.front() != ':' || digits.empty() || digits.size() > 5 || !number) return {};
    }
    return lowered(name);
}

// The part behind "http://" or "https://"; empty for anything else ("null").
std::string_view authority_of(std::string_view origin) {
    for (std::string_view const scheme : {"http://", "https://"})
        if (origin.starts_with(scheme)) return origin.substr(scheme.size());
    return {};
}

bool same_origin(Head const& head) {
    if (!head.fetch_site.empty() && head.fetch_site != "same-origin" && head.fetch_site != "none") return false;
    return head.origin.empty() || lowered(authority_of(head.origin)) == lowered(head.host);
}

constexpr std::string_view kBearer = "bearer ";

Result<void> check_token(std::string_view role, std::string_view token) {
    if (token.size() < kTokenBytesMin || token.size() > kTokenBytesMax) {
        return fail(
            ErrorCode::invalid_input, "read token",
            "the " + std::string(role) + "'s token must have 16 to 512 characters; `openssl rand -hex 32` makes one");
    }
    bool const plain = std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7F'; });
    if (!plain) return fail(ErrorCode::invalid_input, "read token", "a token holds printable ASCII only, no spaces");
    return {};
}

}  // namespace

Digest sha256(std::string_view text) {
    Digest digest{};
    SHA256(reinterpret_cast<unsigned char const*>(text.data()), text.size(), digest.data());
    return digest;
}

bool equal_digests(Digest const& left, Digest const& right) noexcept {
    return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

bool host_allowed(std::string_view host, std::vector<std::string> const& names) {
    auto const name = host_name(host);
    if (name.empty()) return false;
    if (name == "localhost" || std::ranges::find(names, name) != names.end()) return true;
    boost::system::error_code error;
    (void)boost::asio::ip::make_address(name, error);
    return !error;
}

bool is_loopback(std::string_view address) {
    if (address == "localhost") return true;
    boost::system::error_code error;
    auto const parsed = boost::asio::ip::make_address(std::string(address), error);
    return !error && parsed.is_loopback();
}

std::chrono::milliseconds FailureDelay::failed(TimePoint now) noexcept {
    if (last_ != TimePoint{}) {
        auto const passed = std::chrono::duration<double>(now - last_) / std::chrono::duration<double>(kHalfLife);
        failures_ *= std::exp2(-std::max(0.0, passed));
    }
    last_ = now;
    failures_ = std::min(failures_ + 1, 64.0);
    auto const wait = static_cast<double>(kFirst.count()) * std::exp2(failures_ - 1);
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(wait, static_cast<double>(kMost.count()))));
}

std::string_view cookie_value(std::string_view header, std::string_view name) noexcept {
    while (!header.empty()) {
        auto const end = std::min(header.find(';'), header.size());
        auto part = header.substr(0, end);
        header.remove_prefix(std::min(end + 1, header.size()));
        while (part.starts_with(' '))
            part.remove_prefix(1);
        if (part.starts_with(name) && part.size() > name.size() && part[name.size()] == '=')
            return part.substr(name.size() + 1);
    }
    return {};
}

Result<Access> Access::make(AccessOptions options) {
    Access access;
    for (auto const& host : options.hosts)
        access.hosts_.push_back(lowered(host));
    if (options.operator_token.empty() && !options.viewer_token.empty()) {
        return fail(ErrorCode::invalid_input, "read token",
                    "a token for viewers needs one for operators beside it, or everybody would be an operator");
    }
    if (!options.operator_token.empty()) {
        if (auto checked = check_token("operator", options.operator_token); !checked)
            return std::unexpected(std::move(checked).error());
        access.operator_ = sha256(options.operator_token);
    }
    if (!options.viewer_token.empty()) {
        if (auto checked = check_token("viewer", options.viewer_token); !checked)
            return std::unexpected(std::move(checked).error());
        access.viewer_ = sha256(options.viewer_token);
        if (equal_digests(*access.viewer_, *access.operator_))
            return fail(ErrorCode::invalid_input, "read token", "operators and viewers need different tokens");
    }
    return access;
}

Role Access::role_of(std::string_view token) const {
    auto const digest = sha256(token);
    bool const is_operator = operator_ && equal_digests(digest, *operator_);
    bool const is_viewer = viewer_ && equal_digests(digest, *viewer_);
    if (is_operator) return Role::operator_;
    return is_viewer ? Role::viewer : Role::nobody;
}

void Access::open_session(std::string_view secret, Role role, TimePoint now) {
    std::erase_if(sessions_, [&](Session const& session) { return session.ends <= now; });
    if (sessions_.size() == kSessionsMax) sessions_.pop_front();
    sessions_.push_back({sha256(secret), role, now + kSessionLife});
}

void Access::close_session(std::string_view cookie_header) {
    auto const digest = sha256(cookie_value(cookie_header, kSessionCookie));
    std::erase_if(sessions_, [&](Session const& session) { return equal_digests(session.digest, digest); });
}

Role Access::role_of_session(std::string_view cookie_header, TimePoint now) const {
    auto const secret = cookie_value(cookie_header, kSessionCookie);
    if (secret.empty()) return Role::nobody;
    auto const digest = sha256(secret);
    for (auto const& session : sessions_)
        if (session.ends > now && equal_digests(session.digest, digest)) return session.role;
    return Role::nobody;
}

std::optional<Role> Access::identify(Head const& head, TimePoint now) const {
    if (!head.authorization.empty()) {
        auto const scheme = head.authorization.substr(0, kBearer.size());
        if (lowered(scheme) != kBearer) return Role::nobody;
        return role_of(head.authorization.substr(kBearer.size()));
    }
    // A cookie of a session that has ended is no attack: its owner logs in again.
    if (auto const role = role_of_session(head.cookie, now); role != Role::nobody) return role;
    return std::nullopt;
}

Ruling Access::judge(Head const& head, Route const& route, TimePoint now) const {
    Ruling ruling;
    auto const refuse = [&](unsigned status, std::string_view code, std::string_view detail) {
        ruling.status = status;
        ruling.code = code;
        ruling.detail = detail;
        return ruling;
    };
    if (!host_allowed(head.host)) {
        return refuse(421, "wrong_host",
                      "this server does not answer under the name in the Host field; http.hosts lists further names");
    }
    if (route.changes_state()) {
        if (!same_origin(head)) return refuse(403, "cross_origin", "a page of another origin sent this request");
        if (head.leat_request != "1") {
            return refuse(403, "header_missing", "requests that change something carry the field X-Leat-Request: 1");
        }
    }
    if (!needs_token()) {
        ruling.role = Role::operator_;
        return ruling;
    }
    auto const role = identify(head, now);
    ruling.role = role.value_or(Role::nobody);
    if (ruling.role >= route.role) return ruling;
    if (ruling.role != Role::nobody)
        return refuse(403, "role_too_low", "the token is one for viewers; this needs an operator's");
    ruling.wrong_token = role.has_value();
    return refuse(
        401, ruling.wrong_token ? "wrong_token" : "token_missing",
        ruling.wrong_token ? "the token is not valid" : "send the token as Authorization: Bearer, or open a session");
}

}  // namespace leat::http
