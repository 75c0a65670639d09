#include "chaos/history_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <utility>

namespace leat::cli::chaos {

std::int64_t history_time() noexcept {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

Result<HistoryWriter> HistoryWriter::open(std::filesystem::path const& file, std::string proc) {
    HistoryWriter writer;
    writer.file_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (writer.file_ < 0)
        return fail(ErrorCode::invalid_input, "history", "cannot write " + file.string() + ": " + std::strerror(errno));
    writer.proc_ = std::move(proc);
    return writer;
}

HistoryWriter::HistoryWriter(HistoryWriter&& other) noexcept
    : file_(std::exchange(other.file_, -1)), proc_(std::move(other.proc_)) {}

HistoryWriter::~HistoryWriter() {
    if (file_ >= 0) ::close(file_);
}

void HistoryWriter::write(Entry entry) const noexcept {
    if (entry.proc.empty()) entry.proc = proc_;
    if (entry.t == 0) entry.t = history_time();
    auto const line = encode(entry) + "\n";
    ssize_t written = -1;
    do
        written = ::write(file_, line.data(), line.size());
    while (written < 0 && errno == EINTR);
    if (written != static_cast<ssize_t>(line.size())) {
        std::cerr << "leat: cannot write the history: " << std::strerror(errno) << std::endl;
        std::_Exit(1);
    }
}

Result<ReadHistory> read_history(std::filesystem::path const& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return fail(ErrorCode::not_found, "history", "cannot read " + file.string());
    ReadHistory read;
    std::uint64_t number = 0;
    for (std::string line; std::getline(stream, line);) {
        ++number;
        if (stream.eof()) {
            read.torn = 1;
            break;
        }
        auto entry = decode(line);
        if (!entry)
            return fail(ErrorCode::invalid_input, "history",
                        file.string() + " line " + std::to_string(number) + ": " + entry.error().detail);
        read.entries.push_back(std::move(*entry));
    }
    return read;
}

}  // namespace leat::cli::chaos
