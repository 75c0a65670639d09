#include "source_tree.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace leat::layers {
namespace {

std::vector<std::string> read_lines(std::filesystem::path const& file) {
    std::ifstream stream(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);)
        lines.push_back(std::move(line));
    return lines;
}

std::string file_name(std::string_view path) {
    return std::filesystem::path(path).filename().string();
}

}  // namespace

std::vector<SourceFile> read_sources(std::filesystem::path const& root, std::vector<std::string> const& folders) {
    std::vector<SourceFile> files;
    for (auto const& folder : folders) {
        if (!std::filesystem::is_directory(root / folder)) continue;
        for (auto const& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
            auto const extension = entry.path().extension();
            if (!entry.is_regular_file() || (extension != ".hpp" && extension != ".cpp")) continue;
            files.push_back({entry.path().lexically_relative(root).generic_string(), read_lines(entry.path())});
        }
    }
    std::ranges::sort(files, {}, &SourceFile::path);
    return files;
}

void add_links(std::string_view cmake, Links& links) {
    auto const start = cmake.find("leat_layer(");
    if (start == std::string_view::npos) return;
    auto const call = cmake.substr(start, cmake.find(')', start) - start);
    std::istringstream words{std::string(call.substr(std::string_view("leat_layer(").size()))};
    std::string keyword, name;
    std::set<std::string> linked;
    for (std::string word; words >> word;) {
        if (word == "NAME" || word == "LINK" || word == "SOURCES" || word == "LIBRARIES" || word == "PCH") {
            keyword = word;
        } else if (keyword == "NAME") {
            name = word;
        } else if (keyword == "LINK") {
            linked.insert(word);
        }
    }
    links[name] = linked;
}

Links read_links(std::filesystem::path const& root) {
    Links links;
    for (auto const& entry : std::filesystem::directory_iterator(root / "src")) {
        std::ifstream stream(entry.path() / "CMakeLists.txt");
        std::ostringstream text;
        text << stream.rdbuf();
        add_links(text.str(), links);
    }
    return links;
}

std::string layer_of(std::string_view path) {
    if (path.starts_with("apps/")) return "apps";
    if (path.starts_with("include/")) return "include";
    if (!path.starts_with("src/")) return "";
    path.remove_prefix(4);
    return std::string(path.substr(0, path.find('/')));
}

bool is_test(std::string_view path) {
    auto const name = file_name(path);
    return name.ends_with("test.cpp") || name.ends_with("_fuzz.cpp") || name.starts_with("fake_") ||
           name.find("fixture") != std::string::npos || name.find("harness") != std::string::npos;
}

std::string quoted_include(std::string_view line) {
    constexpr std::string_view kStart = "#include \"";
    if (!line.starts_with(kStart)) return "";
    line.remove_prefix(kStart.size());
    return std::string(line.substr(0, line.find('"')));
}

std::string_view without_comment(std::string_view line) {
    bool in_text = false;
    for (std::size_t i = 0; i + 1 < line.size(); ++i) {
        if (line[i] == '\\') {
            ++i;
        } else if (line[i] == '"') {
            in_text = !in_text;
        } else if (!in_text && line[i] == '/' && line[i + 1] == '/') {
            return line.substr(0, i);
        }
    }
    return line;
}

}  // namespace leat::layers
