#include "chaos/run_counts.hpp"

#include <fstream>
#include <iterator>
#include <string_view>

namespace leat::cli::chaos {

void RunCounts::update() {
    std::error_code ignored;
    for (auto const& file : std::filesystem::directory_iterator(folder_, ignored)) {
        if (file.path().extension() != ".history") continue;
        auto& at = read_[file.path().filename()];
        std::ifstream stream(file.path(), std::ios::binary);
        stream.seekg(at);
        std::string const added{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
        auto const whole = added.rfind('\n');
        if (whole == std::string::npos) continue;
        at += static_cast<std::streamoff>(whole + 1);
        count(std::string_view(added).substr(0, whole + 1));
    }
}

void RunCounts::count(std::string_view lines) {
    while (!lines.empty()) {
        auto const end = lines.find('\n');
        auto const line = lines.substr(0, end);
        lines.remove_prefix(end + 1);
        if (line.find(R"("op":"run","phase":"begin")") != std::string_view::npos) ++runs_;
        if (line.find(R"("phase":"ok")") != std::string_view::npos &&
            (line.find(R"("status":"created")") != std::string_view::npos ||
             line.find(R"("status":"added")") != std::string_view::npos))
            ++handed_in_;
    }
}

}  // namespace leat::cli::chaos
