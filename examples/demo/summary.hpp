#pragma once
// What became of the demo's messages, in numbers and as text.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace demo {

// The end of one message.
struct Outcome {
    std::string text;
    std::optional<double> rating;  // of people
    std::optional<double> score;   // of the agent; none: not succeeded
    std::string error;             // why not
    std::int64_t attempts = 0;
    std::chrono::milliseconds took{0};   // from dispatch to outcome, by the server's clock
    std::chrono::milliseconds ended{0};  // when the outcome was seen, since the demo's start
};

struct Summary {
    std::size_t tasks = 0, succeeded = 0;
    double tasks_per_s = 0;              // of the tasks that needed one attempt
    std::chrono::milliseconds ended{0};  // when the last of all was done
    std::chrono::milliseconds p50{0}, p95{0}, p99{0};
    std::int64_t retries = 0;
    std::map<std::string, std::size_t> failures;  // reason → how many
    std::optional<double> mean_score;
    std::optional<double> correlation;  // Pearson's r of score and rating; none: fewer than two rated, or no spread
    std::size_t rated = 0;
    std::vector<Outcome> samples;  // succeeded ones, evenly spread over the input
};

[[nodiscard]] Summary summarise(std::vector<Outcome> outcomes);

// The summary for people. Texts of messages are cut and made printable.
[[nodiscard]] std::string to_text(Summary const& summary);

}  // namespace demo
