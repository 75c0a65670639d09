#pragma once
// The temporary folder of a run: histories, logs, the server's data.
#include <filesystem>
#include <string>
#include <vector>

#include "chaos/history.hpp"
#include "leat/error.hpp"

namespace leat::cli::chaos {

class RunFolder {
  public:
    // Errors: unavailable.
    [[nodiscard]] static Result<RunFolder> make();
    RunFolder(RunFolder&& other) noexcept;
    RunFolder& operator=(RunFolder&&) = delete;
    // Removes it with all it holds, unless it is kept.
    ~RunFolder();

    [[nodiscard]] std::filesystem::path const& path() const noexcept { return path_; }
    // Everything that was written to histories and ledgers, in order.
    [[nodiscard]] Result<std::vector<Entry>> read() const;
    // Leaves it where it is; answers where.
    std::filesystem::path keep();

  private:
    RunFolder() = default;

    std::filesystem::path path_;
    bool kept_ = false;
};

// One file with all the lines. Errors: invalid_input.
[[nodiscard]] Result<void> write_history(std::filesystem::path const& file, std::vector<Entry> const& entries);

}  // namespace leat::cli::chaos
