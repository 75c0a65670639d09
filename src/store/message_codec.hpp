#pragma once
// Messages from what Redis holds. Everything is hostile: any program may have written it.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "leat/task.hpp"
#include "redis/reply.hpp"
#include "store/store.hpp"
#include "tasks/message.hpp"

namespace leat::store {

// Messages have no more fields than this, unknown ones included.
inline constexpr std::size_t kMessageFieldsMax = 100;

// Takes the fields of a message in any order and judges the whole. Cheapest in the order in which our scripts write.
class MessageReader {
  public:
    // Unknown fields are left out. Cost: one comparison for a field in the expected order.
    void field(std::string_view name, std::string_view value);

    // Why this is no message of format `tasks::kFormat`; empty where it is one. Without a field `v` it is foreign: then
    // only the payload is needed, and the id, which may be missing, is not checked.
    [[nodiscard]] std::string finish();

    // What could be read so far.
    [[nodiscard]] tasks::Message const& message() const noexcept { return message_; }
    [[nodiscard]] tasks::Message take() noexcept { return std::move(message_); }

  private:
    enum class Field : std::uint8_t;

    void take_field(Field field, std::string_view value);
    void number(std::int64_t& target, std::string_view name, std::string_view value, std::int64_t min,
                std::int64_t max);
    void created_at(std::string_view value);
    void problem(std::string text);

    tasks::Message message_;
    std::string problem_;       // the first one
    std::string format_;        // field v
    std::string created_at_;    // kept until it is known whether the message is foreign
    std::size_t count_ = 0;     // fields taken
    std::size_t expected_ = 0;  // index of the field that comes next in our own messages
    std::uint32_t seen_ = 0;    // a bit per field
};

// One entry of a ready stream: [id, [name, value, …]]. Never fails: what is wrong is said in Delivery::malformed.
// `agent` must be the message's agent, unless it is foreign.
[[nodiscard]] Delivery decode_delivery(redis::ReplyView entry, Lane lane, std::int64_t count, std::string_view agent);

}  // namespace leat::store
