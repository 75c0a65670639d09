#pragma once
// The rules of the source tree. Each answers its findings: "src/core/x.cpp:3: what is wrong and what to do instead".
#include <span>
#include <string>
#include <vector>

#include "source_tree.hpp"

namespace leat::layers {

using Findings = std::vector<std::string>;

// Includes follow the arrows: core ← async ← redis; core ← tasks; {redis, tasks} ← store ← {client, runtime, inspect};
// runtime ← handlers; {client, inspect} ← http; config sees core and tasks; outbound sees core and async; tracing
// sees core and outbound; the program sees all.
[[nodiscard]] Findings check_arrows(std::span<SourceFile const> files);
// A layer includes only what its LINK names, directly or through those layers.
[[nodiscard]] Findings check_links(std::span<SourceFile const> files, Links const& links);
// Public headers include public headers only, as "leat/…".
[[nodiscard]] Findings check_public_headers(std::span<SourceFile const> files);
// Stream commands, script calls and KEYS are spelled in src/store only; the script cache of src/redis sends EVALSHA.
[[nodiscard]] Findings check_redis_commands(std::span<SourceFile const> files);
// The library prints nothing, and takes time and randomness as parameters.
[[nodiscard]] Findings check_banned_calls(std::span<SourceFile const> files);
// At most kLinesMax lines; headers begin with #pragma once; no marks of unfinished work.
[[nodiscard]] Findings check_files(std::span<SourceFile const> files);
inline constexpr std::size_t kLinesMax = 500;

}  // namespace leat::layers
