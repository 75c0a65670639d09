#pragma once
// One Redis command in wire form (RESP array of bulk strings), built without intermediate strings.
#include <charconv>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace leat::redis {

// Commands with a name only are written out in logs and errors; arguments never are (they may hold passwords or
// payloads).
class Command {
  public:
    explicit Command(std::string_view name) : name_(name) { arg(name); }

    Command& arg(std::string_view value) {
        char digits[24];
        auto const end = std::to_chars(digits, digits + sizeof digits, value.size()).ptr;
        body_ += '$';
        body_.append(digits, end);
        body_ += "\r\n";
        body_ += value;
        body_ += "\r\n";
        ++count_;
        return *this;
    }
    template <std::integral Integer>
    Command& arg(Integer value) {
        char digits[24];
        auto const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        return arg(std::string_view(digits, end));
    }
    template <class... Args>
    Command& args(Args const&... values) {
        (arg(values), ...);
        return *this;
    }

    void reserve(std::size_t bytes) { body_.reserve(bytes); }
    [[nodiscard]] std::string_view name() const noexcept { return name_; }
    [[nodiscard]] std::size_t size_bytes() const noexcept { return body_.size(); }
    // The name and the arguments.
    [[nodiscard]] std::size_t word_count() const noexcept { return count_; }
    // Appends "*<n>\r\n<args>" to `wire`.
    void append_to(std::string& wire) const;

  private:
    std::string name_;
    std::string body_;
    std::size_t count_ = 0;
};

}  // namespace leat::redis
