#pragma once
// The other end of the LD_PRELOAD libraries of tests/shims: a wrong clock and a disk that forgets, from outside.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace leat::cli::chaos {

// Variables for a process's environment.
using Environment = std::map<std::string, std::string>;

// The wall clock of processes that were started with `environment()`. Throws std::runtime_error where the file cannot
// be made.
class ShimmedClock {
  public:
    // `library` is clock_shim.so; `file` holds the offset, and keeps it for the next object.
    ShimmedClock(std::filesystem::path library, std::filesystem::path file);
    ~ShimmedClock();
    ShimmedClock(ShimmedClock const&) = delete;
    ShimmedClock& operator=(ShimmedClock const&) = delete;

    [[nodiscard]] Environment environment() const;
    [[nodiscard]] std::chrono::milliseconds offset() const;
    // From now on these processes' wall clocks are wrong by `offset`.
    void set(std::chrono::milliseconds offset);

  private:
    std::filesystem::path library_;
    std::filesystem::path file_;
    std::int64_t volatile* offset_ms_ = nullptr;  // shared memory
};

// What a power cut would leave of a Redis that was started with `environment()`.
class ForgetfulDisk {
  public:
    // `library` is power_loss_shim.so, `folder` is made here and holds the notes.
    ForgetfulDisk(std::filesystem::path library, std::filesystem::path folder);

    [[nodiscard]] Environment environment() const;
    // What is there now was synced: by a server that stopped in order, before the one that is watched.
    void all_is_synced(std::filesystem::path const& data) const;
    // Cuts every append-only file below `data` to what was synced. To be called once its Redis is dead. Answers how
    // many bytes went. The files' names survive; a file system may lose those too.
    std::uint64_t lose_unsynced(std::filesystem::path const& data) const;

  private:
    std::filesystem::path library_;
    std::filesystem::path folder_;
};

}  // namespace leat::cli::chaos
