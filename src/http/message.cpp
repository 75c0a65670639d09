#include "http/message.hpp"

namespace leat::http {

std::string_view to_string(Verb verb) noexcept {
    switch (verb) {
        case Verb::get:
            return "GET";
        case Verb::head:
            return "HEAD";
        case Verb::post:
            return "POST";
        case Verb::delete_:
            return "DELETE";
        case Verb::other:
            break;
    }
    return "OTHER";
}

std::string_view to_string(Role role) noexcept {
    switch (role) {
        case Role::viewer:
            return "viewer";
        case Role::operator_:
            return "operator";
        case Role::nobody:
            break;
    }
    return "nobody";
}

std::string server_sent_event(std::string_view name, std::string_view id, std::string_view data) {
    std::string text;
    text.reserve(name.size() + id.size() + data.size() + 24);
    text.append("event: ").append(name).append("\n");
    if (!id.empty()) text.append("id: ").append(id).append("\n");
    text.append("data: ").append(data).append("\n\n");
    return text;
}

}  // namespace leat::http
