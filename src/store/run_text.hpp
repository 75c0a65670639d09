#pragma once
// How an attempt went, as one text: the field `run` of an entry of the archive, and a part of a note on the done
// channel.
#include <cstdint>
#include <optional>
#include <string_view>

namespace leat::store {

// "<attempt> <created_at> <started_at>[ <rest>]", times in ms. In the archive the rest is the delivery ("1732-0/1"), or
// nothing where no handler ran; in a note, worker and result follow it.
struct RunText {
    std::int64_t attempt = 0;
    std::int64_t created_at = 0, started_at = 0;
    std::string_view rest{};
};

// Nothing where the text does not begin with three numbers from 0 on. `rest` points into `text`.
[[nodiscard]] std::optional<RunText> read_run(std::string_view text) noexcept;

}  // namespace leat::store
