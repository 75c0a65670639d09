#pragma once
// The message: the stream entry that carries a whole task to a worker, in the article's form plus a few fields.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "leat/error.hpp"
#include "leat/task.hpp"

namespace leat::tasks {

// Format number of messages and records; written as field `v` and into the agent's control hash.
inline constexpr std::int64_t kFormat = 1;

struct Message {
    std::string task_id{};
    std::string agent{};    // field agent_type
    std::string payload{};  // UTF-8 JSON text
    std::int64_t priority = 0;
    std::int64_t created_at = 0;  // ms since the epoch, server clock
    std::int64_t retry_count = 0;
    std::int64_t max_retries = 3;
    bool names_max_retries = false;  // foreign ones may leave it to the agent
    std::int64_t attempts = 0;       // verdicts so far
    std::int64_t crashes = 0;        // deliveries without verdict on earlier messages of this task
    std::optional<std::int64_t> timeout_ms{};
    std::string last_error{};
    std::string traceparent{};               // a valid one, or empty
    std::string_view traceparent_problem{};  // not empty: why the one it came with was left out
    bool foreign = false;                    // no field `v`: written by another program
};

}  // namespace leat::tasks
