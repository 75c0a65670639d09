#pragma once
// Bytes from a socket: read into the free end, consumed from the front.
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace leat::redis {

inline constexpr std::size_t kReadBufferBytes = 64 * 1024;            // the capacity it starts with
inline constexpr std::size_t kReadBufferMinFreeBytes = 16 * 1024;     // room that each read is given at least
inline constexpr std::size_t kReadBufferKeptBytes = 4 * 1024 * 1024;  // a larger one is given back once it is empty

class ReadBuffer {
  public:
    // Free space of at least kReadBufferMinFreeBytes; moves or grows (twofold) where needed. Invalidates data().
    [[nodiscard]] std::span<char> prepare();
    // The first `bytes` of the prepared space hold data now.
    void commit(std::size_t bytes) noexcept { end_ += bytes; }
    // Forgets the first `bytes` of data().
    void consume(std::size_t bytes) noexcept { begin_ += bytes; }
    void clear() noexcept { begin_ = end_ = 0; }
    [[nodiscard]] std::string_view data() const noexcept { return {storage_.get() + begin_, end_ - begin_}; }

  private:
    void reallocate(std::size_t capacity);

    std::unique_ptr<char[]> storage_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace leat::redis
