#pragma once
// A parsed reply: one buffer with the bytes, one flat vector of nodes, whatever the nesting. Views walk it without copying.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leat::redis {

enum class ReplyType : std::uint8_t { null, string, status, error, integer, real, boolean, array, map, set, push };

// A node of the flat tree in pre-order; `next` is the index just behind its subtree.
struct ReplyNode {
    ReplyType type = ReplyType::null;
    std::uint32_t next = 0;
    std::uint32_t children = 0;  // aggregates: direct children; a map counts keys and values
    std::uint32_t length = 0;    // strings, statuses, errors: bytes at `offset`
    std::size_t offset = 0;
    std::int64_t integer = 0;    // integers; booleans as 0 or 1
};

class Reply;

// One node of a Reply. As long-lived as the Reply. Wrong-type access answers empty or nullopt, never undefined behaviour:
// what comes from the server is untrusted.
class ReplyView {
  public:
    ReplyView() = default;
    ReplyView(Reply const& reply, std::uint32_t index) : reply_(&reply), index_(index) {}

    [[nodiscard]] ReplyType type() const noexcept;
    [[nodiscard]] bool is_null() const noexcept { return type() == ReplyType::null; }
    [[nodiscard]] bool is_error() const noexcept { return type() == ReplyType::error; }
    [[nodiscard]] bool is_aggregate() const noexcept;  // array, map, set or push
    // Strings, statuses, errors and reals: their bytes; else empty.
    [[nodiscard]] std::string_view text() const noexcept;
    // Integers, booleans, and strings that hold one whole decimal integer; else nullopt.
    [[nodiscard]] std::optional<std::int64_t> integer() const noexcept;
    [[nodiscard]] std::size_t size() const noexcept;  // children of an aggregate, else 0

    // Iterates the children in order: O(1) per step.
    class Iterator {
      public:
        Iterator(Reply const* reply, std::uint32_t index) : reply_(reply), index_(index) {}
        ReplyView operator*() const { return {*reply_, index_}; }
        Iterator& operator++();
        bool operator==(Iterator const&) const = default;

      private:
        Reply const* reply_;
        std::uint32_t index_;
    };
    [[nodiscard]] Iterator begin() const noexcept;
    [[nodiscard]] Iterator end() const noexcept;
    // The i-th child, O(i); a null view where there is none.
    [[nodiscard]] ReplyView operator[](std::size_t i) const noexcept;

  private:
    Reply const* reply_ = nullptr;
    std::uint32_t index_ = 0;
};

// Owns one whole top-level reply. Movable; views into it are invalidated by moving.
class Reply {
  public:
    Reply() = default;
    Reply(std::string bytes, std::vector<ReplyNode> nodes) : bytes_(std::move(bytes)), nodes_(std::move(nodes)) {}
    [[nodiscard]] ReplyView root() const noexcept { return {*this, 0}; }
    [[nodiscard]] std::string const& bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::vector<ReplyNode> const& nodes() const noexcept { return nodes_; }

  private:
    std::string bytes_;
    std::vector<ReplyNode> nodes_;
};

}  // namespace leat::redis
