#pragma once
// A file descriptor that is closed with its owner.
#include <unistd.h>

#include <utility>

namespace leat::handlers {

class PosixFd {
  public:
    PosixFd() = default;
    explicit PosixFd(int fd) : fd_(fd) {}
    ~PosixFd() {
        if (fd_ >= 0) ::close(fd_);
    }
    PosixFd(PosixFd&& other) noexcept : fd_(other.release()) {}
    PosixFd& operator=(PosixFd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }

    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

  private:
    int fd_ = -1;
};

}  // namespace leat::handlers
