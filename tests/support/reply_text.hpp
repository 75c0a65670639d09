#pragma once
// For tests: a reply as one line of text.
#include <string>

#include "redis/reply.hpp"

namespace leat::redis {

// [1 "text" +OK -"ERR no" null true 1.5 {"key" 2} ~["member"] >["message"]]
inline std::string to_text(ReplyView value) {
    auto const children = [&](char const* open, char const* close) {
        std::string text = open;
        for (auto const child : value)
            text += (text == open ? "" : " ") + to_text(child);
        return text + close;
    };
    switch (value.type()) {
        case ReplyType::null:
            return "null";
        case ReplyType::string:
            return '"' + std::string(value.text()) + '"';
        case ReplyType::status:
            return '+' + std::string(value.text());
        case ReplyType::error:
            return "-\"" + std::string(value.text()) + '"';
        case ReplyType::integer:
            return std::to_string(value.integer().value());
        case ReplyType::real:
            return std::string(value.text());
        case ReplyType::boolean:
            return value.integer() == 1 ? "true" : "false";
        case ReplyType::array:
            return children("[", "]");
        case ReplyType::map:
            return children("{", "}");
        case ReplyType::set:
            return children("~[", "]");
        case ReplyType::push:
            return children(">[", "]");
    }
    return "?";
}

}  // namespace leat::redis
