// libFuzzer target: any line of a task file is a task or bad with a reason, and every member of an object is found.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "task_line.hpp"
#include "text.hpp"

namespace {

using namespace leat;

// Where the line is a JSON object, our splitter finds what a JSON parser finds.
void compare_members(std::string_view line) {
    if (line.find('\0') != std::string_view::npos) return;  // the parser takes it for the end
    auto const object = nlohmann::json::parse(line, nullptr, false);
    if (!object.is_object()) return;
    auto const members = cli::split_object(line);
    if (!members) std::abort();
    for (auto const& member : *members) {
        if (!object.contains(member.key) || !nlohmann::json::accept(member.value)) std::abort();
    }
    if (members->size() < object.size()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const line(reinterpret_cast<char const*>(data), size);
    for (bool const plain : {false, true}) {
        auto const task = cli::parse_task_line(line, plain, {});
        if (!task && task.error().empty()) std::abort();
    }
    compare_members(line);
    (void)cli::parse_duration("delay", line);
    (void)cli::parse_priority(line);
    return 0;
}
