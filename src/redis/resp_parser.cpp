#include "redis/resp_parser.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace leat::redis {
namespace {

constexpr std::size_t kVerbatimPrefixBytes = 4;  // "txt:"
constexpr char const* kReplyTooLarge = "a reply exceeds 128 MiB";
constexpr char const* kStringTooLarge = "a string exceeds 64 MiB";

// Numbers may start with a plus, which std::from_chars does not take. false: a second sign follows.
bool drop_plus(std::string_view& text) {
    if (!text.starts_with('+')) return true;
    text.remove_prefix(1);
    return !text.starts_with('-');
}

// False where the text is not one whole decimal integer of 64 bits. No std::optional: it would be written in two parts
// and read as one, and that stall costs more than the parsing.
bool parse_integer(std::string_view text, std::int64_t& value) {
    if (!drop_plus(text)) return false;
    auto const* const last = text.data() + text.size();
    auto const [end, fault] = std::from_chars(text.data(), last, value);
    return fault == std::errc() && end == last;
}

bool is_real(std::string_view text) {
    if (!drop_plus(text)) return false;
    double value = 0;
    auto const* const last = text.data() + text.size();
    auto const [end, fault] = std::from_chars(text.data(), last, value);
    return end == last && fault != std::errc::invalid_argument;  // out of range is a number still
}

bool is_big_number(std::string_view text) {
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

ReplyType aggregate_type(char type) {
    switch (type) {
        case '%':
            return ReplyType::map;
        case '~':
            return ReplyType::set;
        case '>':
            return ReplyType::push;
        default:
            return ReplyType::array;
    }
}

}  // namespace

bool is_too_large_reply(Error const& error) noexcept {
    bool const told = error.detail == kReplyTooLarge || error.detail == kStringTooLarge;
    return error.code == ErrorCode::unknown_outcome && told;
}

void RespParser::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const space = prepare();
        auto const size = std::min(space.size(), bytes.size());
        std::copy_n(bytes.data(), size, space.data());
        commit(size);
        bytes.remove_prefix(size);
    }
}

Result<std::optional<Reply>> RespParser::next() {
    for (;;) {
        auto const step = fault_ != nullptr ? Step::broken : parse_value();
        switch (step) {
            case Step::parsed:
                continue;
            case Step::reply_complete:
                return take_reply();
            case Step::incomplete:
                if (buffer_.data().size() <= kMaxReplyBytes) return std::nullopt;
                (void)broken(kReplyTooLarge);
                continue;
            case Step::broken:
                return fail(ErrorCode::corrupt, "read reply", fault_);
        }
    }
}

void RespParser::reset() {
    buffer_.clear();
    nodes_.clear();
    open_.clear();
    position_ = scanned_ = 0;
    fault_ = nullptr;
}

RespParser::Step RespParser::broken(char const* fault) {
    fault_ = fault;
    return Step::broken;
}

// One value's header, and its body if it is not an aggregate. Leaves position_ alone until all of it is there.
RespParser::Step RespParser::parse_value() {
    auto const data = buffer_.data();
    auto const end = data.find('\n', std::max(position_, scanned_));
    if (end == std::string_view::npos) {
        scanned_ = data.size();
        return data.size() - position_ > kMaxLineBytes ? broken("a line exceeds 64 KiB") : Step::incomplete;
    }
    scanned_ = end;
    if (end - position_ < 2 || data[end - 1] != '\r') return broken("a line does not end in CR LF");
    if (end - position_ > kMaxLineBytes) return broken("a line exceeds 64 KiB");
    if (nodes_.size() >= kMaxReplyNodes) return broken("a reply has more than 4 Mi values");

    auto const type = data[position_];
    auto const line = data.substr(position_ + 1, end - position_ - 2);
    switch (type) {
        case '$':
        case '!':
        case '=':
            return parse_bulk(type, line, end + 1);
        case '*':
        case '%':
        case '~':
        case '>':
        case '|':
            position_ = end + 1;
            return open_aggregate(type, line);
        default:
            position_ = end + 1;
            return parse_line(type, line, end - 1 - line.size());
    }
}

// A value that is its header: `text_at` is where its text begins.
RespParser::Step RespParser::parse_line(char type, std::string_view line, std::size_t text_at) {
    switch (type) {
        case '+':
            return add_leaf(ReplyType::status, text_at, line.size());
        case '-':
            return add_leaf(ReplyType::error, text_at, line.size());
        case '(':
            if (!is_big_number(line)) return broken("a big number is not decimal");
            return add_leaf(ReplyType::string, text_at, line.size());
        case ',':
            if (!is_real(line)) return broken("a double is not a number");
            return add_leaf(ReplyType::real, text_at, line.size());
        case ':': {
            std::int64_t value = 0;
            if (!parse_integer(line, value)) return broken("an integer is not decimal or exceeds 64 bits");
            return add_leaf(ReplyType::integer, text_at, 0, value);
        }
        case '#':
            if (line != "t" && line != "f") return broken("a boolean is neither t nor f");
            return add_leaf(ReplyType::boolean, text_at, 0, line == "t" ? 1 : 0);
        case '_':
            if (!line.empty()) return broken("a null carries a value");
            return add_leaf(ReplyType::null, text_at, 0);
        default:
            return broken("a value has an unknown type; is this a Redis server?");
    }
}

// A string whose header is `line` and whose bytes begin at `body`.
RespParser::Step RespParser::parse_bulk(char type, std::string_view line, std::size_t body) {
    std::int64_t length = 0;
    bool const is_length = parse_integer(line, length);
    if (is_length && length == -1 && type == '$') {  // RESP2's null
        position_ = body;
        return add_leaf(ReplyType::null, body, 0);
    }
    if (!is_length || length < 0) return broken("a string's length is not decimal; streamed strings are not supported");
    if (length > static_cast<std::int64_t>(kMaxBulkBytes)) return broken(kStringTooLarge);
    auto const size = static_cast<std::size_t>(length);
    auto const data = buffer_.data();
    if (data.size() < body + size + 2) return Step::incomplete;
    if (data[body + size] != '\r' || data[body + size + 1] != '\n') return broken("a string is not followed by CR LF");

    position_ = body + size + 2;
    if (type == '$') return add_leaf(ReplyType::string, body, size);
    if (type == '!') return add_leaf(ReplyType::error, body, size);
    if (size < kVerbatimPrefixBytes || data[body + kVerbatimPrefixBytes - 1] != ':') {
        return broken("a verbatim string has no format");
    }
    return add_leaf(ReplyType::string, body + kVerbatimPrefixBytes, size - kVerbatimPrefixBytes);
}

RespParser::Step RespParser::open_aggregate(char type, std::string_view line) {
    bool const attribute = type == '|';
    std::int64_t count = 0;
    bool const is_count = parse_integer(line, count);
    if (is_count && count == -1 && type == '*') return add_leaf(ReplyType::null, position_, 0);  // RESP2's null
    if (!is_count || count < 0) return broken("an aggregate's size is not decimal; streamed ones are not supported");
    std::int64_t const values_per_entry = type == '%' || attribute ? 2 : 1;
    if (count > kMaxAggregateChildren / values_per_entry) return broken("an aggregate has more than 1 Mi values");
    if (type == '>' && !open_.empty()) return broken("a push message inside a value");
    if (open_.size() >= kMaxReplyDepth) return broken("values are nested more than 64 deep");

    auto const children = static_cast<std::uint32_t>(count * values_per_entry);
    if (children == 0) return attribute ? Step::parsed : add_leaf(aggregate_type(type), position_, 0);
    open_.push_back({static_cast<std::uint32_t>(nodes_.size()), children, attribute});
    auto& node = nodes_.emplace_back();
    node.type = aggregate_type(type);
    node.children = children;
    return Step::parsed;
}

// Made in place, for the same reason as in parse_integer().
RespParser::Step RespParser::add_leaf(ReplyType type, std::size_t offset, std::size_t length, std::int64_t integer) {
    auto& node = nodes_.emplace_back();
    node.type = type;
    node.next = static_cast<std::uint32_t>(nodes_.size());
    node.length = static_cast<std::uint32_t>(length);
    node.offset = offset;
    node.integer = integer;
    return close_value();
}

// A value has ended: so have the aggregates whose last child it is.
RespParser::Step RespParser::close_value() {
    while (!open_.empty()) {
        auto& parent = open_.back();
        if (--parent.missing > 0) return Step::parsed;
        auto const ended = parent;
        open_.pop_back();
        if (ended.attribute) {  // not a value: forgotten, and its parent still misses as many
            nodes_.resize(ended.node);
            return Step::parsed;
        }
        nodes_[ended.node].next = static_cast<std::uint32_t>(nodes_.size());
    }
    return Step::reply_complete;
}

Reply RespParser::take_reply() {
    Reply reply(std::string(buffer_.data().substr(0, position_)), nodes_);
    buffer_.consume(position_);
    position_ = scanned_ = 0;
    nodes_.clear();
    if (nodes_.capacity() > kKeptNodes) nodes_.shrink_to_fit();
    return reply;
}

}  // namespace leat::redis
