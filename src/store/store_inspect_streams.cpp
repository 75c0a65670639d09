// Results and dead letters.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/clock.hpp"
#include "core/escape.hpp"
#include "store/inspect_reply.hpp"
#include "store/store_inspect.hpp"
#include "store/stream_part.hpp"

namespace leat::store {
namespace {

using boost::asio::awaitable;
using redis::Command;

DeadLetter letter_of(EntryView const& entry, std::size_t payload_bytes_max) {
    auto const payload = entry.text("original_payload");
    auto failed_at = core::parse_iso8601(entry.text("failed_at"));
    if (!failed_at) failed_at = static_cast<std::int64_t>(parse_entry_id(entry.id())->ms);
    return {.entry = std::string(entry.id()),
            .task_id = std::string(entry.text("task_id")),
            .payload = core::sanitize_utf8(payload, payload_bytes_max),
            .payload_bytes = payload.size(),
            .error = core::sanitize_utf8(entry.text("error"), kPreviewBytes),
            .reason = core::sanitize_utf8(entry.text("reason"), kPreviewBytes),
            .attempts = entry.integer("attempts"),
            .failed_at = *failed_at,
            .state = LetterState::open};
}

std::optional<RecordPlace> place_of(std::string_view text) {
    auto const record = nlohmann::json::parse(text, nullptr, false);
    if (!record.is_object()) return std::nullopt;
    auto const state = record.find("state");
    if (state == record.end() || !state->is_string()) return std::nullopt;
    auto const known = task_state_from_string(state->get_ref<std::string const&>());
    if (!known) return std::nullopt;
    auto const text_of = [&record](char const* name) {
        auto const found = record.find(name);
        return found != record.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    return RecordPlace{.state = *known, .at = text_of("at"), .result = text_of("result")};
}

LetterState state_of(redis::ReplyView record, DeadLetter const& letter) {
    if (letter.reason == "malformed") return LetterState::malformed;
    if (record.is_null()) return LetterState::forgotten;
    auto const place = place_of(record.text());
    return place && place->state == TaskState::dead && place->at == letter.entry ? LetterState::open
                                                                                 : LetterState::replayed;
}

// Asks for the record of each letter and notes what has become of its task.
awaitable<Result<void>> judge(redis::Connection& connection, AgentKeys const& keys, std::vector<DeadLetter>& letters) {
    std::vector<Command> reads;
    for (auto const& letter : letters) {
        reads.emplace_back("GET");
        reads.back().arg(keys.task(letter.task_id));
    }
    if (reads.empty()) co_return Result<void>{};
    auto const records = co_await connection.exec_all(std::move(reads));
    if (!records) co_return std::unexpected(records.error());
    for (std::size_t i = 0; i < letters.size(); ++i) {
        auto const record = (*records)[i].root();
        if (auto checked = check_reply("list dead letters", record); !checked)
            co_return std::unexpected(checked.error());
        letters[i].state = state_of(record, letters[i]);
    }
    co_return Result<void>{};
}

// What dead() found so far, and where it is.
awaitable<Result<bool>> add_letters(redis::Connection& connection, AgentKeys const& keys, StreamPart& part, Scan& scan,
                                    std::int64_t limit, std::size_t payload_bytes, DeadPage& page) {
    constexpr std::string_view kOperation = "list dead letters";
    auto const asked = scan.ask(limit - std::ssize(page.letters));
    auto const reply = co_await part.read(connection, kOperation, keys.dead, asked);
    if (!reply) co_return std::unexpected(reply.error());
    auto const entries = read_entries(kOperation, reply->root());
    if (!entries) co_return std::unexpected(entries.error());
    scan.saw(std::ssize(*entries), reply->bytes().size());
    std::vector<DeadLetter> letters;
    for (auto const& entry : *entries)
        if (belongs(entry, keys)) letters.push_back(letter_of(entry, payload_bytes));
    auto const judged = co_await judge(connection, keys, letters);
    if (!judged) co_return std::unexpected(judged.error());
    std::ranges::move(letters, std::back_inserter(page.letters));
    if (!entries->empty()) part.cursor = entries->back().id();
    co_return std::ssize(*entries) == asked;
}

constexpr std::int64_t kLettersAtOnce = 32;  // payloads are large: letters read with one command

// Deletes one agent's letters from a stream that others use too, a page at a time. Oldest first: what is added
// meanwhile is left alone once `before` or the end is reached.
awaitable<Result<std::int64_t>> purge_shared(redis::Connection& connection, AgentKeys const& keys,
                                             std::optional<std::int64_t> before) {
    constexpr std::string_view kOperation = "purge dead letters";
    std::string const end = before ? behind(std::to_string(*before) + "-0") : "+";
    std::string begin = "-";
    std::int64_t removed = 0;
    for (bool more = true; more;) {
        Command range("XRANGE");
        range.args(keys.dead, begin, end, "COUNT", kLettersAtOnce);
        auto const reply = co_await connection.exec(std::move(range));
        if (!reply) co_return std::unexpected(reply.error());
        auto const entries = read_entries(kOperation, reply->root());
        if (!entries) co_return std::unexpected(entries.error());
        more = std::ssize(*entries) == kLettersAtOnce;
        if (more) begin = behind(entries->back().id());
        Command remove("XDEL");
        remove.arg(keys.dead);
        for (auto const& entry : *entries) {
            if (entry.text("agent_type") == keys.agent) remove.arg(entry.id());
        }
        if (remove.word_count() == 2) continue;
        auto const deleted = co_await connection.exec(std::move(remove));
        if (!deleted) co_return std::unexpected(deleted.error());
        auto const count = read_integer(kOperation, deleted->root());
        if (!count) co_return std::unexpected(count.error());
        removed += *count;
    }
    co_return removed;
}

}  // namespace

std::string_view to_string(LetterState state) noexcept {
    switch (state) {
        case LetterState::open:
            return "open";
        case LetterState::replayed:
            return "replayed";
        case LetterState::forgotten:
            return "forgotten";
        case LetterState::malformed:
            return "malformed";
    }
    return "open";
}

awaitable<Result<ResultPage>> StoreInspect::results(AgentKeys const& keys, std::string cursor,
                                                    std::int64_t limit) const {
    constexpr std::string_view kOperation = "list results";
    limit = std::clamp<std::int64_t>(limit, 1, kPageMax);
    StreamPart part{.order = Order::newest_first, .cursor = std::move(cursor)};
    ResultPage page;
    Scan scan;
    while (std::ssize(page.entries) < limit && !scan.over()) {
        auto const asked = scan.ask(limit - std::ssize(page.entries));
        auto const reply = co_await part.read(*connection_, kOperation, keys.results, asked);
        if (!reply) co_return std::unexpected(reply.error());
        auto const entries = read_entries(kOperation, reply->root());
        if (!entries) co_return std::unexpected(entries.error());
        scan.saw(std::ssize(*entries), reply->bytes().size());
        for (auto const& entry : *entries)
            if (belongs(entry, keys)) page.entries.push_back(result_of(entry, kPreviewBytes));
        if (std::ssize(*entries) < asked) co_return page;
        part.cursor = entries->back().id();
    }
    page.cursor = std::move(part.cursor);
    co_return page;
}

awaitable<Result<ResultPage>> StoreInspect::results_after(AgentKeys const& keys, std::string entry, std::int64_t limit,
                                                          std::chrono::milliseconds block) const {
    constexpr std::string_view kOperation = "follow results";
    if (entry != "$" && !parse_entry_id(entry)) {
        co_return fail(ErrorCode::invalid_input, kOperation,
                       "the cursor is none of this list; start again without one");
    }
    Command read("XREAD");
    read.args("COUNT", std::clamp<std::int64_t>(limit, 1, kPageMax));
    if (block.count() > 0) read.args("BLOCK", block.count());
    read.args("STREAMS", keys.results, entry);
    redis::ExecOptions options;
    if (block.count() > 0) options.reply_timeout = 2 * block + std::chrono::seconds(5);  // BLOCK may overrun
    auto const reply = co_await connection_->exec(std::move(read), options);
    if (!reply) co_return std::unexpected(reply.error());
    auto const root = reply->root();
    if (auto checked = check_reply(kOperation, root); !checked) co_return std::unexpected(checked.error());
    ResultPage page;
    page.cursor = entry;
    if (root.is_null()) co_return page;
    // RESP3: {stream: entries}; RESP2: [[stream, entries]].
    auto const stream = root[0].is_aggregate() ? root[0][1] : root[1];
    auto const entries = read_entries(kOperation, stream);
    if (!entries) co_return std::unexpected(entries.error());
    for (auto const& found : *entries)
        if (belongs(found, keys)) page.entries.push_back(result_of(found, core::kNoCut));
    if (!entries->empty()) page.cursor = entries->back().id();
    co_return page;
}

awaitable<Result<DeadPage>> StoreInspect::dead(AgentKeys const& keys, Order order, std::string cursor,
                                               std::int64_t limit, TimeWindow window, std::size_t payload_bytes) const {
    limit = std::clamp<std::int64_t>(limit, 1, kPageMax);
    StreamPart part{.order = order, .cursor = std::move(cursor), .window = window};
    DeadPage page;
    Scan scan;
    while (std::ssize(page.letters) < limit && !scan.over()) {
        auto const more = co_await add_letters(*connection_, keys, part, scan, limit, payload_bytes, page);
        if (!more) co_return std::unexpected(more.error());
        if (!*more) co_return page;
    }
    page.cursor = std::move(part.cursor);
    co_return page;
}

awaitable<Result<DeadLetter>> StoreInspect::dead_letter(AgentKeys const& keys, std::string entry) const {
    constexpr std::string_view kOperation = "read dead letter";
    if (!parse_entry_id(entry))
        co_return fail(ErrorCode::invalid_input, kOperation, "a dead letter's id looks like 1732-0");
    Command range("XRANGE");
    range.args(keys.dead, entry, entry);
    auto const reply = co_await connection_->exec(std::move(range));
    if (!reply) co_return std::unexpected(reply.error());
    auto const entries = read_entries(kOperation, reply->root());
    if (!entries) co_return std::unexpected(entries.error());
    if (entries->empty())
        co_return fail(ErrorCode::not_found, kOperation, "there is no such dead letter; it may have been purged");
    std::vector<DeadLetter> letters{letter_of(entries->front(), core::kNoCut)};
    auto const judged = co_await judge(*connection_, keys, letters);
    if (!judged) co_return std::unexpected(judged.error());
    co_return std::move(letters.front());
}

awaitable<Result<std::string>> StoreInspect::last_dead(AgentKeys const& keys) const {
    constexpr std::string_view kOperation = "list dead letters";
    Command range("XREVRANGE");
    range.args(keys.dead, "+", "-", "COUNT", 1);
    auto const reply = co_await connection_->exec(std::move(range));
    if (!reply) co_return std::unexpected(reply.error());
    auto const entries = read_entries(kOperation, reply->root());
    if (!entries) co_return std::unexpected(entries.error());
    co_return entries->empty() ? std::string() : std::string(entries->front().id());
}

awaitable<Result<std::int64_t>> StoreInspect::purge_dead(AgentKeys const& keys,
                                                         std::optional<std::int64_t> before) const {
    if (!keys.has_own_dead()) co_return co_await purge_shared(*connection_, keys, before);
    Command trim("XTRIM");
    trim.arg(keys.dead);
    if (before) {
        trim.args("MINID", *before);
    } else {
        trim.args("MAXLEN", 0);
    }
    auto const reply = co_await connection_->exec(std::move(trim));
    if (!reply) co_return std::unexpected(reply.error());
    co_return read_integer("purge dead letters", reply->root());
}

awaitable<Result<RecordPlace>> StoreInspect::record(AgentKeys const& keys, std::string task_id) const {
    constexpr std::string_view kOperation = "read task";
    Command get("GET");
    get.arg(keys.task(task_id));
    auto const reply = co_await connection_->exec(std::move(get));
    if (!reply) co_return std::unexpected(reply.error());
    auto const root = reply->root();
    if (auto checked = check_reply(kOperation, root); !checked) co_return std::unexpected(checked.error());
    if (root.is_null())
        co_return fail(ErrorCode::not_found, kOperation, "there is no such task, or its record has expired");
    if (auto place = place_of(root.text())) co_return std::move(*place);
    co_return fail(ErrorCode::corrupt, kOperation, "the task's record is unreadable");
}

}  // namespace leat::store
