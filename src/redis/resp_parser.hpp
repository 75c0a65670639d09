#pragma once
// RESP3 (and RESP2) without I/O: bytes in, whole replies out.
//
// Incremental: bytes may arrive in any pieces; nothing is scanned twice except the header of a value whose body is
// still missing. Iterative: nesting costs no stack. Everything a hostile server can choose has a limit below.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "leat/error.hpp"
#include "redis/read_buffer.hpp"
#include "redis/reply.hpp"

namespace leat::redis {

inline constexpr std::size_t kMaxReplyDepth = 64;                    // aggregates inside each other
inline constexpr std::size_t kMaxBulkBytes = 64 * 1024 * 1024;       // one string
inline constexpr std::size_t kMaxLineBytes = 64 * 1024;              // one header, status, error or number
inline constexpr std::uint32_t kMaxAggregateChildren = 1024 * 1024;  // one array, map (keys and values), set or push
inline constexpr std::size_t kMaxReplyNodes = 4 * 1024 * 1024;       // one whole reply
inline constexpr std::size_t kMaxReplyBytes = 128 * 1024 * 1024;     // one whole reply

// Whether a command ended with `unknown_outcome` because a reply on its connection was larger than these: asking for
// less may help.
[[nodiscard]] bool is_too_large_reply(Error const& error) noexcept;
inline constexpr std::size_t kKeptNodes = 64 * 1024;  // scratch nodes kept between replies

class RespParser {
  public:
    // Space to read bytes into, and how many were read. See ReadBuffer.
    [[nodiscard]] std::span<char> prepare() { return buffer_.prepare(); }
    void commit(std::size_t bytes) noexcept { buffer_.commit(bytes); }
    // Both in one, with a copy.
    void feed(std::string_view bytes);

    // The next whole reply; nullopt: more bytes are needed. Attributes are skipped.
    // Errors: corrupt, where the bytes are not RESP or exceed a limit; then for ever, until reset().
    // Cost: one copy of the reply's bytes and one of its nodes, two allocations at most.
    [[nodiscard]] Result<std::optional<Reply>> next();

    // Forgets everything: for a new connection.
    void reset();

  private:
    enum class Step : std::uint8_t { parsed, reply_complete, incomplete, broken };
    struct OpenAggregate {
        std::uint32_t node;
        std::uint32_t missing;  // children still to come
        bool attribute;
    };

    [[nodiscard]] Step parse_value();
    [[nodiscard]] Step parse_line(char type, std::string_view line, std::size_t text_at);
    [[nodiscard]] Step parse_bulk(char type, std::string_view line, std::size_t body);
    [[nodiscard]] Step open_aggregate(char type, std::string_view line);
    [[nodiscard]] Step add_leaf(ReplyType type, std::size_t offset, std::size_t length, std::int64_t integer = 0);
    [[nodiscard]] Step close_value();
    [[nodiscard]] Step broken(char const* fault);
    [[nodiscard]] Reply take_reply();

    ReadBuffer buffer_;
    std::vector<ReplyNode> nodes_;     // of the reply under way
    std::vector<OpenAggregate> open_;  // its aggregates that miss children, outermost first
    std::size_t position_ = 0;         // its bytes that are parsed
    std::size_t scanned_ = 0;          // its bytes that are known to hold no line end, at or behind position_
    char const* fault_ = nullptr;
};

}  // namespace leat::redis
