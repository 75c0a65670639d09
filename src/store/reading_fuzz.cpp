// libFuzzer target: whatever Redis holds, reading it as a message, a task or a note has no fault.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "redis/resp_parser.hpp"
#include "store/message_codec.hpp"
#include "store/task_info.hpp"

namespace {

using namespace leat;

// The first line of the input is a record, the rest replies.
std::string_view take_record(std::string_view& input) {
    auto const end = std::min(input.find('\n'), input.size());
    auto const record = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
    return record;
}

void read(std::string_view record, redis::ReplyView reply) {
    (void)store::decode_delivery(reply, Lane::normal, 1, "agent");
    store::TaskParts parts;
    parts.agent = "agent";
    parts.task_id = "task";
    parts.now = 1'700'000'000'000;
    parts.record = record;
    parts.holder = reply[0];
    parts.message = reply[1];
    parts.result = store::EntryView::of(reply[2]);
    parts.letter = store::EntryView::of(reply[3]);
    (void)store::read_task_info(parts);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view input(reinterpret_cast<char const*>(data), size);
    (void)store::decode_control(input);
    (void)store::decode_done(input);
    auto const record = take_record(input);
    redis::RespParser parser;
    parser.feed(input);
    auto const reply = parser.next();
    read(record, reply && *reply ? (*reply)->root() : redis::ReplyView{});
    return 0;
}
