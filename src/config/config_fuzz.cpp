// libFuzzer target: any text as leat.toml, and its lines as settings, is a configuration or a list of problems.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/load.hpp"
#include "config/split_command.hpp"
#include "config/toml_file.hpp"

namespace {

using namespace leat;

// "key=value" lines as --set takes them. Names of files are left out: they would be opened.
config::Sources settings_of(std::string_view text) {
    config::Sources sources;
    sources.file = "/nonexistent/leat.toml";
    while (!text.empty()) {
        auto const line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        auto const equals = line.find('=');
        if (equals == std::string_view::npos || line.find("file") != std::string_view::npos) continue;
        sources.flags.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
    return sources;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const input(reinterpret_cast<char const*>(data), size);
    auto const file = config::parse_toml(input);
    for (auto const& problem : file.problems)
        if (problem.what.empty()) std::abort();
    auto const loaded = config::load(settings_of(input));
    if (!loaded && loaded.error().empty()) std::abort();
    (void)config::split_command(input);
    return 0;
}
