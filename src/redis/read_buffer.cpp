#include "redis/read_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace leat::redis {

std::span<char> ReadBuffer::prepare() {
    if (begin_ == end_) {
        clear();
        if (capacity_ == 0 || capacity_ > kReadBufferKeptBytes) reallocate(kReadBufferBytes);
    }
    if (capacity_ - end_ < kReadBufferMinFreeBytes) {
        auto const size = end_ - begin_;
        if (size <= capacity_ / 2) {
            std::memmove(storage_.get(), storage_.get() + begin_, size);
            begin_ = 0;
            end_ = size;
        } else {
            reallocate(2 * capacity_);
        }
    }
    return {storage_.get() + end_, capacity_ - end_};
}

void ReadBuffer::reallocate(std::size_t capacity) {
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    auto const kept = data();
    std::copy(kept.begin(), kept.end(), larger.get());
    storage_ = std::move(larger);
    capacity_ = capacity;
    begin_ = 0;
    end_ = kept.size();
}

}  // namespace leat::redis
