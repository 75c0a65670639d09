#pragma once
// A parsed reply: one buffer with the bytes, one flat vector of nodes, whatever the nesting. Views walk it without
// copying.
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leat::redis {

// Verbatim strings and big numbers are strings here.
enum class ReplyType : std::uint8_t { null, string, status, error, integer, real, boolean, array, map, set, push };

// A node of the flat tree in pre-order; `next` is the index just behind its subtree.
struct ReplyNode {
    ReplyType type = ReplyType::null;
    std::uint32_t next = 0;
    std::uint32_t children = 0;  // aggregates: direct children; a map counts keys and values
    std::uint32_t length = 0;    // strings, statuses, errors, reals: bytes at `offset`
    std::size_t offset = 0;
    std::int64_t integer = 0;  // integers; booleans as 0 or 1
};

class Reply;

// One node of a Reply. As long-lived as the Reply. Wrong-type access answers empty or nullopt, never undefined
// behaviour: what comes from the server is untrusted.
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
    [[nodiscard]] ReplyNode const* node() const noexcept;

    Reply const* reply_ = nullptr;
    std::uint32_t index_ = 0;
};

// Owns one whole top-level reply. Movable; views into it are invalidated by moving. A default-made one is null.
class Reply {
  public:
    Reply() = default;
    // `nodes` must be consistent with each other and with `bytes`; RespParser makes them so.
    Reply(std::string bytes, std::vector<ReplyNode> nodes) : bytes_(std::move(bytes)), nodes_(std::move(nodes)) {}
    [[nodiscard]] ReplyView root() const noexcept { return {*this, 0}; }
    [[nodiscard]] std::string const& bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::vector<ReplyNode> const& nodes() const noexcept { return nodes_; }

  private:
    std::string bytes_;
    std::vector<ReplyNode> nodes_;
};

// Inline, because readers of large replies call them once or more per node.

inline ReplyNode const* ReplyView::node() const noexcept {
    return reply_ != nullptr && index_ < reply_->nodes().size() ? &reply_->nodes()[index_] : nullptr;
}

inline ReplyType ReplyView::type() const noexcept {
    auto const* const here = node();
    return here != nullptr ? here->type : ReplyType::null;
}

inline bool ReplyView::is_aggregate() const noexcept {
    auto const kind = type();
    return kind == ReplyType::array || kind == ReplyType::map || kind == ReplyType::set || kind == ReplyType::push;
}

inline std::string_view ReplyView::text() const noexcept {
    auto const* const here = node();
    if (here == nullptr) return {};
    return std::string_view(reply_->bytes()).substr(here->offset, here->length);
}

inline std::optional<std::int64_t> ReplyView::integer() const noexcept {
    auto const* const here = node();
    if (here == nullptr) return std::nullopt;
    if (here->type == ReplyType::integer || here->type == ReplyType::boolean) return here->integer;
    if (here->type != ReplyType::string) return std::nullopt;
    auto const digits = text();
    std::int64_t value = 0;
    auto const [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (fault != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

inline std::size_t ReplyView::size() const noexcept {
    auto const* const here = node();
    return here != nullptr ? here->children : 0;
}

inline ReplyView::Iterator& ReplyView::Iterator::operator++() {
    index_ = reply_->nodes()[index_].next;
    return *this;
}

inline ReplyView::Iterator ReplyView::begin() const noexcept {
    return size() > 0 ? Iterator(reply_, index_ + 1) : end();
}

inline ReplyView::Iterator ReplyView::end() const noexcept {
    auto const* const here = node();
    return {reply_, here != nullptr ? here->next : 0};
}

inline ReplyView ReplyView::operator[](std::size_t i) const noexcept {
    if (i >= size()) return {};
    auto child = begin();
    while (i-- > 0)
        ++child;
    return *child;
}

}  // namespace leat::redis
