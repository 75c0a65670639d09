#pragma once
// Tasks that other programs wrote in the article's form: what they must have, and what is filled in.
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "store/store.hpp"
#include "store/store_front.hpp"
#include "tasks/message.hpp"

namespace leat::runtime {

// The task of a foreign message found in a ready stream, or why it is none (a sentence for its dead letter). Without an
// id it gets one that is derived from its entry, so that a second look makes no second task.
[[nodiscard]] std::expected<store::DispatchItem, std::string> dispatch_item_of(tasks::Message const& message,
                                                                               std::string_view agent,
                                                                               std::string_view entry_id);

// Why a task is refused whose id is taken by something that Leat did not write.
inline constexpr std::string_view kUnreadableRecord =
    "the key of this task's record holds something that is no record; delete that key or choose another task_id";

// A task handed in at the front door: the agent it names, and the task.
struct FrontTask {
    std::string agent{};
    store::DispatchItem item{};
    std::string_view traceparent_problem{};  // not empty: why the trace context it came with was left out
};
// Only `agent_type` and `payload` are required; unknown fields are ignored. `created_at` of the producer is not kept:
// the server's clock stamps the task.
[[nodiscard]] std::expected<FrontTask, std::string> front_task_of(store::FrontEntry const& entry);

}  // namespace leat::runtime
