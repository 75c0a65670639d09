// Dead letters: reading, bringing back, removing.
#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "core/clock.hpp"
#include "inspect/inspector.hpp"
#include "inspect/pacer.hpp"
#include "store/inspect_reply.hpp"

namespace leat::inspect {

using boost::asio::awaitable;

namespace {

constexpr std::string_view kNoLetter = "no dead letter of that id; `leat dead list` shows what there is";

bool takes(ReplayRequest const& request, store::DeadLetter const& letter) {
    if (letter.state == store::LetterState::replayed || letter.state == store::LetterState::malformed) return false;
    if (request.takes && !request.takes(letter)) return false;
    return letter.error.find(request.error_contains) != std::string::npos ||
           letter.reason.find(request.error_contains) != std::string::npos;
}

bool is_behind(std::string_view entry, std::string_view last) {
    return store::parse_entry_id(entry) > store::parse_entry_id(last);
}

}  // namespace

awaitable<Result<store::DeadPage>> Inspector::dead(std::string agent, std::string cursor, std::int64_t limit,
                                                   std::size_t payload_bytes) const {
    auto const named = co_await keys_of(agent);
    if (!named) co_return std::unexpected(named.error());
    co_return co_await look_.dead(*named, store::Order::newest_first, std::move(cursor), limit, {}, payload_bytes);
}

awaitable<Result<store::DeadLetter>> Inspector::dead_letter(std::string agent, std::string id) const {
    auto const named = co_await keys_of(agent, id);
    if (!named) co_return std::unexpected(named.error());
    if (store::parse_entry_id(id)) {
        auto letter = co_await look_.dead_letter(*named, id);
        if (letter || letter.error().code != ErrorCode::not_found) co_return letter;
    }
    auto const place = co_await look_.record(*named, id);
    if (!place) {
        if (place.error().code != ErrorCode::not_found) co_return std::unexpected(place.error());
        co_return fail(ErrorCode::not_found, "read dead letter", kNoLetter);
    }
    if (place->state != TaskState::dead) {
        co_return fail(ErrorCode::not_found, "read dead letter",
                       "the task is not dead: it is " + std::string(leat::to_string(place->state)));
    }
    co_return co_await look_.dead_letter(*named, place->at);
}

awaitable<Result<std::vector<store::ReplayStatus>>> Inspector::replay_batch(
    store::AgentKeys const& keys, std::vector<store::DeadLetter> const& letters) const {
    std::vector<store::ReplayItem> items;
    items.reserve(letters.size());
    for (auto const& letter : letters)
        items.push_back({.entry_id = letter.entry, .task_id = letter.task_id});
    std::span<store::ReplayItem const> const all = items;
    auto statuses = co_await store_.replay(keys, all);
    if (statuses && statuses->size() != letters.size()) {
        co_return fail(ErrorCode::corrupt, "replay", "the server's reply has an unexpected shape");
    }
    co_return statuses;
}

awaitable<Result<store::ReplayStatus>> Inspector::replay(std::string agent, std::string id, std::string payload) const {
    auto const named = co_await keys_of(agent, id);
    if (!named) co_return std::unexpected(named.error());
    auto letter = co_await dead_letter(agent, id);
    if (!letter) co_return std::unexpected(letter.error());
    store::ReplayItem const item{
        .entry_id = std::move(letter->entry), .task_id = std::move(letter->task_id), .payload = std::move(payload)};
    std::span<store::ReplayItem const> const one(&item, 1);
    auto const statuses = co_await store_.replay(*named, one);
    if (!statuses) co_return std::unexpected(statuses.error());
    if (statuses->empty()) co_return fail(ErrorCode::corrupt, "replay", "the server's reply has an unexpected shape");
    co_return statuses->front();
}

awaitable<Result<ReplayReport>> Inspector::replay_all(ReplayRequest request,
                                                      std::function<void(ReplayReport const&)> on_progress) const {
    auto const named = co_await keys_of(request.agent);
    if (!named) co_return std::unexpected(named.error());
    // Tasks that die again during the run get letters behind this one.
    auto const last = co_await look_.last_dead(*named);
    if (!last) co_return std::unexpected(last.error());
    ReplayReport report;
    Pacer pacer(request.rate);
    boost::asio::steady_timer pause(connection_->executor());
    auto const batch = pacer.batch(static_cast<std::int64_t>(Limits::dispatch_batch));
    std::string cursor;
    bool more = !last->empty();
    while (more) {
        auto page = co_await look_.dead(*named, store::Order::oldest_first, std::move(cursor), batch);
        if (!page) co_return std::unexpected(page.error());
        auto const beyond = std::ranges::find_if(
            page->letters, [&](store::DeadLetter const& letter) { return is_behind(letter.entry, *last); });
        more = beyond == page->letters.end() && !page->cursor.empty();
        cursor = std::move(page->cursor);
        page->letters.erase(beyond, page->letters.end());
        report.looked_at += std::ssize(page->letters);
        std::erase_if(page->letters, [&](store::DeadLetter const& letter) { return !takes(request, letter); });
        auto const matched = std::ssize(page->letters);
        report.matched += matched;
        if (!request.dry_run && matched > 0) {
            auto const wait = pacer.sent(matched, core::machine_clock().now());
            auto const statuses = co_await replay_batch(*named, page->letters);
            if (!statuses) co_return std::unexpected(statuses.error());
            auto const replayed = std::ranges::count(*statuses, store::ReplayStatus::replayed);
            report.replayed += replayed;
            report.skipped += matched - replayed;
            if (on_progress) on_progress(report);
            if (more && wait.count() > 0) {
                pause.expires_after(wait);
                co_await pause.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
            }
        } else if (on_progress) {
            on_progress(report);
        }
    }
    co_return report;
}

awaitable<Result<std::int64_t>> Inspector::purge(std::string agent,
                                                 std::optional<std::chrono::milliseconds> age) const {
    auto const named = co_await keys_of(agent);
    if (!named) co_return std::unexpected(named.error());
    std::optional<std::int64_t> before;
    if (age) {
        auto const now = co_await store_.server_time();
        if (!now) co_return std::unexpected(now.error());
        before = std::max<std::int64_t>(0, *now - age->count());
    }
    co_return co_await look_.purge_dead(*named, before);
}

}  // namespace leat::inspect
