// libFuzzer target: whatever a stranger puts into the front door or a ready stream is a task or refused with a reason.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/json_depth.hpp"
#include "leat/task.hpp"
#include "runtime/adoption.hpp"
#include "store/message_codec.hpp"

namespace {

using namespace leat;

// The input is the entry: names and values in turn, each up to the next zero byte.
store::FrontEntry entry_of(std::string_view input) {
    store::FrontEntry entry{.entry_id = "1732-0", .fields = {}};
    std::string name;
    for (bool is_name = true; !input.empty(); is_name = !is_name) {
        auto const end = std::min(input.find('\0'), input.size());
        std::string part(input.substr(0, end));
        input.remove_prefix(std::min(end + 1, input.size()));
        if (is_name) {
            name = std::move(part);
        } else {
            entry.fields.emplace_back(name, std::move(part));
        }
    }
    return entry;
}

// What is dispatched must be what dispatch takes.
void check(store::DispatchItem const& item) {
    bool const good = check_name("task id", item.id) && core::json_problem(item.payload).empty() &&
                      (!item.max_retries || (*item.max_retries >= 0 && *item.max_retries <= Limits::max_retries_max)) &&
                      item.lane == lane_of_priority(item.priority);
    if (!good) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const entry = entry_of({reinterpret_cast<char const*>(data), size});
    auto const task = runtime::front_task_of(entry);
    if (task) {
        check(task->item);
        if (!check_name("agent name", task->agent)) std::abort();
    } else if (task.error().empty()) {
        std::abort();
    }
    store::MessageReader reader;
    for (auto const& [name, value] : entry.fields)
        reader.field(name, value);
    if (!reader.finish().empty()) return 0;
    if (auto const item = runtime::dispatch_item_of(reader.message(), "agent", entry.entry_id)) check(*item);
    return 0;
}
