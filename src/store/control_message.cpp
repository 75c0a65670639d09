// The texts on the control and done channels. Anybody can publish there: unreadable ones are nothing.
#include <algorithm>
#include <array>

#include "store/inspect_reply.hpp"
#include "store/run_text.hpp"
#include "store/store.hpp"

namespace leat::store {
namespace {

struct Word {
    ControlKind kind;
    std::string_view text;
};

constexpr std::array kWords{
    Word{ControlKind::cancel, "cancel"}, Word{ControlKind::due, "due"},         Word{ControlKind::released, "released"},
    Word{ControlKind::paused, "paused"}, Word{ControlKind::resumed, "resumed"}, Word{ControlKind::policy, "policy"},
};

// The part before the first `separator`; `text` goes on behind it.
std::string_view take_until(std::string_view& text, char separator) {
    auto const end = std::min(text.find(separator), text.size());
    auto const part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

// "<run> <consumer> <result>". It ended when the entry was written.
std::optional<TaskResult> told_outcome(std::string_view id, std::string_view entry, std::string_view text) {
    auto const run = read_run(text);
    auto const written = parse_entry_id(entry);
    if (!run || !written) return std::nullopt;
    TaskResult outcome;
    outcome.task_id = id;
    outcome.attempt = run->attempt;
    outcome.created_at = run->created_at;
    outcome.started_at = run->started_at;
    outcome.finished_at = static_cast<std::int64_t>(written->ms);
    text = run->rest;
    if (take_until(text, ' ').empty()) return std::nullopt;  // the delivery
    outcome.processed_by = take_until(text, ' ');
    outcome.result_text = text;
    if (outcome.result_text.empty() || !check_name("consumer", outcome.processed_by)) return std::nullopt;
    return outcome;
}

}  // namespace

std::string encode(ControlMessage const& message) {
    auto const* const word = std::ranges::find(kWords, message.kind, &Word::kind);
    std::string text(word->text);
    if (message.kind == ControlKind::cancel) text.append(" ").append(message.task_id);
    return text;
}

std::optional<ControlMessage> decode_control(std::string_view text) {
    auto const name = take_until(text, ' ');
    auto const* const word = std::ranges::find(kWords, name, &Word::text);
    if (word == kWords.end()) return std::nullopt;
    ControlMessage message{.kind = word->kind};
    if (message.kind == ControlKind::cancel) {
        if (!check_name("task id", text)) return std::nullopt;
        message.task_id = text;
    } else if (!text.empty()) {
        return std::nullopt;
    }
    return message;
}

std::vector<DoneNote> decode_done(std::string_view text) {
    std::vector<DoneNote> notes;
    while (!text.empty()) {
        auto line = take_until(text, '\n');
        auto const id = take_until(line, ' ');
        auto const state = task_state_from_string(take_until(line, ' '));
        if (!state || !is_terminal(*state) || !check_name("task id", id)) continue;
        DoneNote note{.task_id = id, .state = *state};
        if (*state == TaskState::succeeded) {
            note.entry = take_until(line, ' ');
            note.outcome = told_outcome(id, note.entry, line);
        }
        notes.push_back(std::move(note));
    }
    return notes;
}

}  // namespace leat::store
