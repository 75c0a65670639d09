#pragma once
// One task as people see it, from the parts that the script `task` finds.
#include <cstdint>
#include <optional>
#include <string_view>

#include "leat/client.hpp"
#include "redis/reply.hpp"
#include "store/inspect_reply.hpp"

namespace leat::store {

// What the script found.
struct TaskParts {
    std::string_view agent{};
    std::string_view task_id{};
    std::int64_t now = 0;               // server ms
    std::string_view record{};          // JSON text
    redis::ReplyView holder{};          // entry id, consumer, idle ms, delivery count; empty where nobody holds it
    redis::ReplyView message{};         // the entry in its lane; empty where there is none
    std::optional<EntryView> result{};  // the entry in the archive
    std::optional<EntryView> letter{};  // the dead letter
};

// Errors: corrupt where the record is no record.
[[nodiscard]] Result<TaskInfo> read_task_info(TaskParts const& parts);

// The success that an entry of the archive tells; nothing where it is another task's or another end.
[[nodiscard]] std::optional<TaskResult> read_success(EntryView const& result, std::string_view task_id);

}  // namespace leat::store
