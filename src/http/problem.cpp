#include "http/problem.hpp"

#include "inspect/model_json.hpp"

namespace leat::http {

std::string_view reason_phrase(unsigned status) noexcept {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 409:
            return "Conflict";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 421:
            return "Misdirected Request";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Unknown";
    }
}

unsigned status_of(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::invalid_input:
            return 400;
        case ErrorCode::too_large:
            return 413;
        case ErrorCode::not_found:
            return 404;
        case ErrorCode::unavailable:
        case ErrorCode::overloaded:
        case ErrorCode::cancelled:
            return 503;
        case ErrorCode::timeout:
        case ErrorCode::unknown_outcome:
        case ErrorCode::not_durable:
            return 504;
        case ErrorCode::denied:
        case ErrorCode::unsupported:
        case ErrorCode::corrupt:
            return 502;
        case ErrorCode::internal:
            break;
    }
    return 500;
}

Response problem(unsigned status, std::string_view code, std::string_view detail) {
    json const object = {{"type", "about:blank"},
                         {"title", reason_phrase(status)},
                         {"status", status},
                         {"code", code},
                         {"detail", detail}};
    Response response;
    response.status = status;
    response.content_type = "application/problem+json";
    response.body = inspect::dump(object);
    return response;
}

Response problem(Error const& error) {
    return problem(status_of(error.code), to_string(error.code),
                   error.operation.empty() ? error.detail : error.operation + ": " + error.detail);
}

}  // namespace leat::http
