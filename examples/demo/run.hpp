#pragma once
// Sends messages to the agent `sentiment` and waits for every outcome, many at once.
#include <leat/client.hpp>
#include <vector>

#include "input.hpp"
#include "summary.hpp"

namespace demo {

// Tasks under way at any time.
inline constexpr int kUnderWay = 256;

// Sends all messages; one outcome each, in their order. `run_name` makes the task ids: unique per run. Writes a line of
// progress to stderr. Errors: the first one of dispatching or waiting; the tasks dispatched until then go on.
[[nodiscard]] leat::Result<std::vector<Outcome>> send_all(leat::Client& client, std::vector<Message> const& messages,
                                                          std::string const& run_name);

}  // namespace demo
