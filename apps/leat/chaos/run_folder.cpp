#include "chaos/run_folder.hpp"

#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "chaos/history_file.hpp"

namespace leat::cli::chaos {
namespace {

namespace fs = std::filesystem;

}  // namespace

Result<RunFolder> RunFolder::make() {
    std::error_code failed;
    std::string pattern = (fs::temp_directory_path(failed) / "leat-chaos-XXXXXX").string();
    if (failed || ::mkdtemp(pattern.data()) == nullptr)
        return fail(ErrorCode::unavailable, "chaos", "cannot make a temporary folder");
    RunFolder folder;
    folder.path_ = pattern;
    return folder;
}

RunFolder::RunFolder(RunFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), kept_(std::exchange(other.kept_, true)) {}

RunFolder::~RunFolder() {
    std::error_code ignored;
    if (!kept_) fs::remove_all(path_, ignored);
}

Result<std::vector<Entry>> RunFolder::read() const {
    std::vector<Entry> all;
    for (auto const& file : fs::directory_iterator(path_)) {
        auto const kind = file.path().extension();
        if (kind != ".history" && kind != ".ledger") continue;
        auto read = read_history(file.path());
        if (!read) return std::unexpected(read.error());
        std::ranges::move(read->entries, std::back_inserter(all));
    }
    sort_by_time(all);
    return all;
}

fs::path RunFolder::keep() {
    kept_ = true;
    return path_;
}

Result<void> write_history(fs::path const& file, std::vector<Entry> const& entries) {
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    for (auto const& entry : entries)
        stream << encode(entry) << '\n';
    stream.flush();
    if (!stream) return fail(ErrorCode::invalid_input, "chaos", "cannot write " + file.string());
    return {};
}

}  // namespace leat::cli::chaos
