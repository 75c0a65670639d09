#include "store/run_text.hpp"

#include <algorithm>
#include <charconv>

namespace leat::store {

std::optional<RunText> read_run(std::string_view text) noexcept {
    RunText run{.rest = text};
    for (auto* const number : {&run.attempt, &run.created_at, &run.started_at}) {
        auto const word = run.rest.substr(0, run.rest.find(' '));
        auto const [end, fault] = std::from_chars(word.data(), word.data() + word.size(), *number);
        if (fault != std::errc() || end != word.data() + word.size() || *number < 0) return std::nullopt;
        run.rest.remove_prefix(std::min(word.size() + 1, run.rest.size()));
    }
    return run;
}

}  // namespace leat::store
