// libFuzzer target: whatever an agent process prints is an answer, news, or a bad line with a printable reason.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>

#include "core/escape.hpp"
#include "handlers/exec_protocol.hpp"

namespace {

using namespace leat;

void check(handlers::OutputLine const& line) {
    if (auto const* const bad = std::get_if<handlers::BadLine>(&line)) {
        if (bad->problem.empty() || core::printable(bad->problem) != bad->problem) std::abort();
    }
    if (auto const* const progress = std::get_if<handlers::ProgressLine>(&line)) {
        if (!(progress->fraction >= 0 && progress->fraction <= 1)) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view input(reinterpret_cast<char const*>(data), size);
    while (!input.empty()) {
        auto const line = input.substr(0, input.find('\n'));
        input.remove_prefix(std::min(line.size() + 1, input.size()));
        check(handlers::decode_line(line));
    }
    return 0;
}
