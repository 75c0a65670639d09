#include "leat/task.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "core/escape.hpp"
#include "leat/client.hpp"

namespace leat {
namespace {

constexpr std::array<std::pair<Lane, std::string_view>, kLanes> kLaneNames{{
    {Lane::critical, "critical"},
    {Lane::high, "high"},
    {Lane::normal, "normal"},
    {Lane::low, "low"},
}};

constexpr std::array<std::pair<TaskState, std::string_view>, 7> kStateNames{{
    {TaskState::scheduled, "scheduled"},
    {TaskState::ready, "ready"},
    {TaskState::running, "running"},
    {TaskState::succeeded, "succeeded"},
    {TaskState::dead, "dead"},
    {TaskState::cancelled, "cancelled"},
    {TaskState::expired, "expired"},
}};

constexpr std::string_view kMemory = "memory";
constexpr std::string_view kReplicated = "replicated:";
constexpr std::string_view kFsync = "fsync";

template <class Table, class Value>
std::string_view name_in(Table const& table, Value value) noexcept {
    for (auto const& [entry, name] : table) {
        if (entry == value) return name;
    }
    return "unknown";
}

template <class Value, std::size_t size>
std::optional<Value> value_in(std::array<std::pair<Value, std::string_view>, size> const& table,
                              std::string_view name) noexcept {
    for (auto const& [value, entry] : table) {
        if (entry == name) return value;
    }
    return std::nullopt;
}

bool is_name_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == ':' || c == '-';
}

}  // namespace

std::string_view to_string(Lane lane) noexcept {
    return name_in(kLaneNames, lane);
}
std::string_view to_string(TaskState state) noexcept {
    return name_in(kStateNames, state);
}
std::optional<Lane> lane_from_string(std::string_view name) noexcept {
    return value_in(kLaneNames, name);
}
std::optional<TaskState> task_state_from_string(std::string_view name) noexcept {
    return value_in(kStateNames, name);
}

std::string_view to_string(DispatchStatus status) noexcept {
    switch (status) {
        case DispatchStatus::created:
            return "created";
        case DispatchStatus::duplicate:
            return "duplicate";
        case DispatchStatus::full:
            return "full";
    }
    return "unknown";
}

std::string_view to_string(CancelStatus status) noexcept {
    switch (status) {
        case CancelStatus::cancelled:
            return "cancelled";
        case CancelStatus::requested:
            return "requested";
        case CancelStatus::terminal:
            return "terminal";
    }
    return "unknown";
}

Lane lane_of_priority(std::int64_t priority) noexcept {
    if (priority < 0) return Lane::low;
    if (priority == 0) return Lane::normal;
    return priority == 1 ? Lane::high : Lane::critical;
}

std::int64_t priority_of_lane(Lane lane) noexcept {
    switch (lane) {
        case Lane::critical:
            return 2;
        case Lane::high:
            return 1;
        case Lane::normal:
            return 0;
        case Lane::low:
            return -1;
    }
    return 0;
}

bool is_terminal(TaskState state) noexcept {
    switch (state) {
        case TaskState::scheduled:
        case TaskState::ready:
        case TaskState::running:
            return false;
        case TaskState::succeeded:
        case TaskState::dead:
        case TaskState::cancelled:
        case TaskState::expired:
            return true;
    }
    return false;
}

std::string to_string(Durability durability) {
    switch (durability.level) {
        case Durability::Level::memory:
            break;
        case Durability::Level::replicated:
            return std::string(kReplicated) + std::to_string(durability.replicas);
        case Durability::Level::fsync:
            return std::string(kFsync);
    }
    return std::string(kMemory);
}

std::optional<Durability> durability_from_string(std::string_view text) noexcept {
    if (text == kMemory) return Durability::memory();
    if (text == kFsync) return Durability::fsync();
    if (!text.starts_with(kReplicated)) return std::nullopt;
    text.remove_prefix(kReplicated.size());
    int replicas = 0;
    auto const* const last = text.data() + text.size();
    auto const [end, fault] = std::from_chars(text.data(), last, replicas);
    if (fault != std::errc() || end != last || replicas < 1 || replicas > Durability::kReplicasMax) return std::nullopt;
    return Durability::replicated(replicas);
}

Task::Task(std::string id, std::string agent, std::string payload_text)
    : id_(std::move(id)), agent_(std::move(agent)), payload_text_(std::move(payload_text)) {}

json const& Task::payload() const {
    if (!payload_) payload_ = json::parse(payload_text_);
    return *payload_;
}

json TaskResult::result() const {
    if (result_text.empty()) return nullptr;
    return json::parse(result_text);
}

Result<void> check_name(std::string_view what, std::string_view name) {
    auto refuse = [&](std::string const& why) {
        return fail(ErrorCode::invalid_input, what, why + "; use 1 to 128 characters of A-Z a-z 0-9 _ . : -");
    };
    if (name.empty()) return refuse("it is empty");
    if (name.size() > Limits::name_bytes) return refuse("it has " + std::to_string(name.size()) + " bytes");
    for (char const c : name) {
        if (!is_name_character(c))
            return refuse("\"" + core::printable(name) + "\" has a character that is not allowed");
    }
    return {};
}

}  // namespace leat
