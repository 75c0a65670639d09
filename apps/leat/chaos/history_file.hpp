#pragma once
// History files: written line by line by many processes, read as a whole afterwards.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "chaos/history.hpp"
#include "leat/error.hpp"

namespace leat::cli::chaos {

// Microseconds of the monotonic clock that all processes of this machine share.
[[nodiscard]] std::int64_t history_time() noexcept;

// Appends lines to one file, each with a single write(2): what was written before a SIGKILL stays. Thread-safe.
class HistoryWriter {
  public:
    // `proc` is put into each line. Errors: invalid_input where the file cannot be written.
    [[nodiscard]] static Result<HistoryWriter> open(std::filesystem::path const& file, std::string proc);
    HistoryWriter(HistoryWriter&& other) noexcept;
    HistoryWriter& operator=(HistoryWriter&&) = delete;
    ~HistoryWriter();

    // Writes the entry; its time and process are filled in where they are empty. Where the disk is full it ends the
    // process with a message: a history with holes proves nothing.
    void write(Entry entry) const noexcept;

  private:
    HistoryWriter() = default;

    int file_ = -1;
    std::string proc_;
};

struct ReadHistory {
    std::vector<Entry> entries;  // as they stand in the file
    std::uint64_t torn = 0;      // 1: the last line has no end (its writer was killed); it is left out
};

// Errors: not_found, invalid_input (with the number of the first line that is no entry).
[[nodiscard]] Result<ReadHistory> read_history(std::filesystem::path const& file);

}  // namespace leat::cli::chaos
