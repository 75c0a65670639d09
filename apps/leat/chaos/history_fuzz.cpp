// libFuzzer target: any file as a history is read line by line and judged; what was read is written and read alike.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "chaos/checker.hpp"
#include "chaos/history.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace leat::cli::chaos;
    std::string_view input(reinterpret_cast<char const*>(data), size);
    Checker checker;
    while (!input.empty()) {
        auto const line = input.substr(0, input.find('\n'));
        input.remove_prefix(std::min(line.size() + 1, input.size()));
        auto const entry = decode(line);
        if (!entry) continue;
        // Long texts are cut when they are written, so the second reading is the one to compare with.
        if (auto const again = decode(encode(*entry))) {
            auto const third = decode(encode(*again));
            if (!third || *third != *again) std::abort();
        }
        checker.add(*entry);
    }
    auto const report = checker.finish();
    if ((report.verdict == Verdict::invalid) == report.violations.empty()) std::abort();
    return 0;
}
