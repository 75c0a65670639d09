#include "redis/error_class.hpp"

#include <algorithm>
#include <array>

#include "core/escape.hpp"

namespace leat::redis {
namespace {

constexpr std::size_t kDetailBytes = 512;

struct Row {
    std::string_view word;
    ErrorClass error_class;
    ErrorCode code;
};

// The first word of the reply decides. Whatever is not here is `other`.
constexpr std::array kTable{
    Row{"LOADING", ErrorClass::retry_now, ErrorCode::unavailable},
    Row{"BUSY", ErrorClass::retry_now, ErrorCode::unavailable},
    Row{"TRYAGAIN", ErrorClass::retry_now, ErrorCode::unavailable},
    Row{"CLUSTERDOWN", ErrorClass::retry_now, ErrorCode::unavailable},
    Row{"MASTERDOWN", ErrorClass::retry_now, ErrorCode::unavailable},
    Row{"MOVED", ErrorClass::re_route, ErrorCode::unavailable},
    Row{"ASK", ErrorClass::re_route, ErrorCode::unavailable},
    Row{"READONLY", ErrorClass::re_route, ErrorCode::unavailable},
    Row{"UNBLOCKED", ErrorClass::re_route, ErrorCode::unavailable},
    Row{"NOSCRIPT", ErrorClass::self_heal, ErrorCode::unavailable},
    Row{"NOGROUP", ErrorClass::self_heal, ErrorCode::unavailable},
    Row{"OOM", ErrorClass::stop_intake, ErrorCode::overloaded},
    Row{"MISCONF", ErrorClass::stop_intake, ErrorCode::overloaded},
    Row{"NOREPLICAS", ErrorClass::stop_intake, ErrorCode::overloaded},
    Row{"NOAUTH", ErrorClass::fatal, ErrorCode::denied},
    Row{"WRONGPASS", ErrorClass::fatal, ErrorCode::denied},
    Row{"NOPERM", ErrorClass::fatal, ErrorCode::denied},
    Row{"DENIED", ErrorClass::fatal, ErrorCode::denied},  // protected mode
    Row{"WRONGTYPE", ErrorClass::fatal, ErrorCode::corrupt},
    Row{"NOPROTO", ErrorClass::fatal, ErrorCode::unsupported},
};

// Told apart only by their text.
constexpr std::array kSentences{
    Row{"ERR max number of clients", ErrorClass::retry_now, ErrorCode::unavailable},
    Row{"ERR unknown command", ErrorClass::other, ErrorCode::unsupported},
    Row{"ERR unknown subcommand", ErrorClass::other, ErrorCode::unsupported},
};

constexpr Row kOther{"", ErrorClass::other, ErrorCode::internal};

Row const& row_of(std::string_view error_reply) noexcept {
    auto const word = error_reply.substr(0, error_reply.find_first_of(" \r\n"));
    auto const* const row = std::ranges::find(kTable, word, &Row::word);
    if (row != kTable.end()) return *row;
    auto const begins = [&](Row const& sentence) { return error_reply.starts_with(sentence.word); };
    auto const* const sentence = std::ranges::find_if(kSentences, begins);
    return sentence != kSentences.end() ? *sentence : kOther;
}

}  // namespace

ErrorClass classify(std::string_view error_reply) noexcept {
    return row_of(error_reply).error_class;
}

Error error_of_reply(std::string_view operation, std::string_view error_reply) {
    // Redis repeats the arguments of a command that it does not know; they may be secrets.
    auto const told = error_reply.substr(0, error_reply.find(", with args beginning with"));
    return {row_of(error_reply).code, core::printable(operation, kDetailBytes), core::printable(told, kDetailBytes)};
}

}  // namespace leat::redis
