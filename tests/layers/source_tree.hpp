#pragma once
// The project's own sources as text, for rules about them.
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace leat::layers {

struct SourceFile {
    std::string path;  // from the root of the project: "src/core/error.cpp"
    std::vector<std::string> lines;
};

// All .hpp and .cpp files below the given folders of `root`, sorted by path.
[[nodiscard]] std::vector<SourceFile> read_sources(std::filesystem::path const& root,
                                                   std::vector<std::string> const& folders);

// The layers that each layer names in the LINK of its CMakeLists.txt, by layer.
using Links = std::map<std::string, std::set<std::string>>;
[[nodiscard]] Links read_links(std::filesystem::path const& root);
// The same from the text of one CMakeLists.txt, added to `links`.
void add_links(std::string_view cmake, Links& links);

// "core" for src/core/error.cpp, "apps" for apps/…, "include" for include/…, else empty.
[[nodiscard]] std::string layer_of(std::string_view path);
// Tests and fuzz targets, and the fixtures, harnesses and fakes they share.
[[nodiscard]] bool is_test(std::string_view path);
// What the line includes with quotes: "core/error.hpp"; empty where it includes nothing so.
[[nodiscard]] std::string quoted_include(std::string_view line);
// The line without its // comment.
[[nodiscard]] std::string_view without_comment(std::string_view line);

}  // namespace leat::layers
