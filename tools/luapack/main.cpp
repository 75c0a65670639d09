// luapack: checks the Lua scripts of a folder against their contracts and embeds them into C++.
//   luapack <folder> <output header> <output source>
//   luapack --docs <folder>        the contracts as Markdown, to standard output
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>

#include "generate.hpp"
#include "script.hpp"

namespace {

void write_file(std::filesystem::path const& path, std::string const& text) {
    std::ofstream file(path, std::ios::binary);
    file << text << std::flush;
    if (!file) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc == 3 && std::string_view(argv[1]) == "--docs") {
            std::cout << luapack::generate_docs(luapack::load_folder(argv[2]));
        } else if (argc == 4) {
            auto const scripts = luapack::load_folder(argv[1]);
            write_file(argv[2], luapack::generate_header(scripts));
            write_file(argv[3], luapack::generate_source(scripts));
        } else {
            std::cerr << "usage: luapack <folder> <output header> <output source>\n"
                         "       luapack --docs <folder>\n";
            return 2;
        }
    } catch (std::exception const& error) {
        std::cerr << "luapack: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
