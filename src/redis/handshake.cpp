#include "redis/handshake.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "core/escape.hpp"
#include "redis/error_class.hpp"
#include "redis/info.hpp"

namespace leat::redis {
namespace {

constexpr std::string_view kLoginOperation = "connect";
constexpr std::string_view kDefaultUser = "default";
constexpr std::size_t kMaxInfoTextBytes = 64;  // version, mode, role

// Redis refuses names with spaces and control characters.
std::string client_name(std::string_view wanted) {
    std::string name(wanted);
    std::ranges::replace_if(
        name, [](char c) { return c < '!' || c > '~'; }, '_');
    return name;
}

std::string short_text(std::string_view text) {
    return core::printable(text, kMaxInfoTextBytes);
}

}  // namespace

bool Handshake::has_credentials() const noexcept {
    return !options_->username.empty() || !options_->password.empty();
}

std::optional<Command> Handshake::next() const {
    auto const user = options_->username.empty() ? kDefaultUser : std::string_view(options_->username);
    switch (step_) {
        case Step::hello: {
            Command hello("HELLO");
            hello.arg("3");
            if (has_credentials()) hello.args(std::string_view("AUTH"), user, std::string_view(options_->password));
            if (!options_->client_name.empty()) hello.arg("SETNAME").arg(client_name(options_->client_name));
            return hello;
        }
        case Step::auth: {
            Command auth("AUTH");
            if (!options_->username.empty()) auth.arg(options_->username);  // servers before 6 know passwords only
            return auth.arg(options_->password);
        }
        case Step::set_name:
            return Command("CLIENT").arg("SETNAME").arg(client_name(options_->client_name));
        case Step::info:
            return Command("INFO");
        case Step::select:
            return Command("SELECT").arg(options_->database);
        case Step::ping:
            return Command("PING");
        case Step::done:
            break;
    }
    return std::nullopt;
}

Result<void> Handshake::on_reply(ReplyView reply) {
    switch (step_) {
        case Step::hello:
            return on_hello(reply);
        case Step::auth:
            return on_auth(reply);
        case Step::set_name:
            step_ = Step::info;
            return {};  // a name is not worth a failure
        case Step::info:
            on_info(reply);
            return {};
        case Step::select:
            return on_select(reply);
        case Step::ping:
            return on_ping(reply);
        case Step::done:
            break;
    }
    return fail(ErrorCode::corrupt, kLoginOperation, "the server sent more replies than it was asked for");
}

Result<void> Handshake::on_hello(ReplyView reply) {
    if (reply.is_error()) {
        auto const text = reply.text();
        bool const unknown = text.starts_with("ERR unknown command") || text.starts_with("NOPROTO");
        bool const forbidden = text.starts_with("NOPERM");
        if (!unknown && !forbidden) return refusal(reply);
        server_.protocol = 2;
        step_ = has_credentials() ? Step::auth : Step::set_name;
        return {};
    }
    if (!reply.is_aggregate())
        return fail(ErrorCode::corrupt, kLoginOperation,
                    "HELLO was answered with something else; is this a Redis server?");
    for (auto at = reply.begin(); at != reply.end(); ++at) {
        auto const key = (*at).text();
        if (++at == reply.end()) break;
        auto const value = *at;
        if (key == "version") server_.version = short_text(value.text());
        if (key == "mode") server_.mode = short_text(value.text());
        if (key == "role") server_.role = short_text(value.text());
        if (key == "id") server_.client_id = value.integer().value_or(0);
        if (key == "proto") server_.protocol = value.integer() == 3 ? 3 : 0;
    }
    if (server_.protocol != 3)
        return fail(ErrorCode::corrupt, kLoginOperation, "HELLO 3 was answered with another protocol version");
    step_ = after_login();
    return {};
}

Result<void> Handshake::on_auth(ReplyView reply) {
    if (reply.is_error()) return refusal(reply);
    step_ = Step::set_name;
    return {};
}

void Handshake::on_info(ReplyView reply) {
    auto const text = reply.is_error() ? std::string_view() : reply.text();  // forbidden: we know less, that is all
    server_.version = short_text(info_field(text, "redis_version"));
    server_.mode = short_text(info_field(text, "redis_mode"));
    server_.role = info_field(text, "role") == "slave" ? "replica" : short_text(info_field(text, "role"));
    step_ = after_login();
}

Result<void> Handshake::on_select(ReplyView reply) {
    if (reply.is_error()) {
        if (!reply.text().starts_with("ERR ")) return refusal(reply);
        return fail(ErrorCode::invalid_input, kLoginOperation,
                    "database " + std::to_string(options_->database) +
                        " cannot be selected; check its number against the server's `databases` setting");
    }
    step_ = Step::ping;
    return {};
}

Result<void> Handshake::on_ping(ReplyView reply) {
    // A user that may not PING may still do its work.
    if (reply.is_error() && !reply.text().starts_with("NOPERM")) return refusal(reply);
    step_ = Step::done;
    return {};
}

// Only the first word of a reply that is not in the table is repeated: the rest could quote our password.
Result<void> Handshake::refusal(ReplyView reply) const {
    auto const text = reply.text();
    if (text.starts_with("WRONGPASS") || text.starts_with("ERR invalid password") || text.starts_with("ERR AUTH")) {
        return fail(ErrorCode::denied, kLoginOperation, "the server refused the user or the password");
    }
    if (text.starts_with("NOAUTH")) {
        return fail(ErrorCode::denied, kLoginOperation,
                    has_credentials() ? "the server refused the user or the password" : "the server wants a password");
    }
    auto const refused = error_of_reply(kLoginOperation, text.substr(0, text.find(' ')));
    auto const code = error_of_reply(kLoginOperation, text).code;
    if (classify(text) == ErrorClass::retry_now) {
        return fail(code, kLoginOperation, "the server is not ready yet: " + refused.detail);
    }
    return fail(code == ErrorCode::internal ? ErrorCode::unsupported : code, kLoginOperation,
                "the server refused the handshake: " + refused.detail);
}

}  // namespace leat::redis
