#pragma once
// How far a run is, read from its growing history files: no question to a server that may be down just now.
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace leat::cli::chaos {

class RunCounts {
  public:
    explicit RunCounts(std::filesystem::path folder) : folder_(std::move(folder)) {}

    // Reads what was added since the last call.
    void update();
    [[nodiscard]] std::int64_t handed_in() const noexcept { return handed_in_; }
    [[nodiscard]] std::int64_t runs() const noexcept { return runs_; }

  private:
    void count(std::string_view lines);

    std::filesystem::path folder_;
    std::map<std::string, std::streamoff> read_;  // by file: bytes up to the last whole line
    std::int64_t handed_in_ = 0;
    std::int64_t runs_ = 0;
};

}  // namespace leat::cli::chaos
