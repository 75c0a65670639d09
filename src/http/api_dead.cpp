// Dead letters: lists, groups, bringing back, removing.
#include <algorithm>
#include <utility>

#include "http/api.hpp"
#include "http/error_groups.hpp"
#include "http/limits.hpp"
#include "http/problem.hpp"
#include "inspect/model_json.hpp"

namespace leat::http {
namespace {

std::string_view to_string(store::ReplayStatus status) noexcept {
    switch (status) {
        case store::ReplayStatus::replayed:
            return "replayed";
        case store::ReplayStatus::not_dead:
            return "not_dead";
        case store::ReplayStatus::missing:
            break;
    }
    return "missing";
}

}  // namespace

Api::Answer Api::dead_list(Request const& request) {
    auto const limit = read_limit(request.target);
    if (!limit) co_return problem(limit.error());
    std::string cursor(request.target.parameter("cursor"));
    auto const page = co_await inspector_.dead(request.values[0], std::move(cursor), *limit);
    if (!page) co_return problem(page.error());
    co_return json_answer(inspect::json_of(*page));
}

boost::asio::awaitable<Result<json>> Api::group_letters(std::string agent) const {
    ErrorGroups groups;
    std::string cursor;
    do {
        auto page = co_await inspector_.dead(agent, std::move(cursor), store::kPageMax, 0);
        if (!page) co_return std::unexpected(page.error());
        for (auto const& letter : page->letters)
            groups.add(letter);
        cursor = std::move(page->cursor);
    } while (!cursor.empty() && groups.letters() < kGroupScanMax);
    co_return json{{"groups", groups.to_json()}, {"looked_at", groups.letters()}, {"all", cursor.empty()}};
}

Api::Answer Api::dead_groups(Request const& request) {
    auto const& agent = request.values[0];
    if (auto named = check_name("agent name", agent); !named) co_return problem(named.error());
    if (!groups_.contains(agent) && groups_.size() >= kGroupedAgentsMax)
        std::erase_if(groups_, [](auto const& kept) { return !kept.second.is_asking(); });
    auto& shared = groups_.try_emplace(agent, connection_.executor(), clock_).first->second;
    auto const age = std::min(kGroupsAge, options_.overview_age * 2);
    auto const ask = [&] { return group_letters(agent); };
    auto const groups = co_await shared.get(age, ask);
    if (!groups) co_return problem(groups.error());
    co_return json_answer(**groups);
}

Api::Answer Api::dead_show(Request const& request) {
    bool reveal = false;
    if (auto refusal = check_reveal(request, reveal)) co_return std::move(*refusal);
    auto const letter = co_await inspector_.dead_letter(request.values[0], request.values[1]);
    if (!letter) co_return problem(letter.error());
    co_return json_answer(inspect::json_of(*letter), reveal);
}

Api::Answer Api::dead_replay(Request const& request) {
    auto const edited = read_edited_payload(request.body);
    if (!edited) co_return problem(edited.error());
    std::string payload;
    if (*edited) {
        if (redaction_.holds_redacted(**edited)) {
            co_return problem(
                400, "redacted_payload",
                "the payload was copied from an answer with hidden values; get the letter with reveal=true");
        }
        payload = (*edited)->dump(-1, ' ', false, json::error_handler_t::replace);
        if (payload.size() > options_.client.payload_bytes_max)
            co_return problem(413, "too_large", "the payload is above the limit");
    }
    auto const status = co_await inspector_.replay(request.values[0], request.values[1], std::move(payload));
    if (!status) co_return problem(status.error());
    if (*status == store::ReplayStatus::not_dead)
        co_return problem(409, "not_dead", "the task went on since this letter was written, or it is no task");
    if (*status == store::ReplayStatus::missing) co_return problem(404, "not_found", "there is no such dead letter");
    co_return json_answer(
        {{"letter", request.values[1]}, {"status", to_string(*status)}, {"edited", edited->has_value()}});
}

Api::Answer Api::dead_replay_many(Request const& request) {
    auto input = read_replay(request.body);
    if (!input) co_return problem(input.error());
    if (input->letters.empty()) {
        inspect::ReplayRequest all;
        all.agent = request.values[0];
        all.error_contains = std::move(input->error_contains);
        all.rate = input->rate;
        all.dry_run = input->dry_run;
        all.takes = [reason = std::move(input->reason), pattern = std::move(input->pattern)](auto const& letter) {
            return (reason.empty() || letter.reason == reason) &&
                   (pattern.empty() || error_pattern(letter.error) == pattern);
        };
        if (auto named = check_name("agent name", all.agent); !named) co_return problem(named.error());
        auto replay = replays_.start(std::move(all));
        if (!replay) co_return problem(429, "busy", "too many replays run already; wait for one of them");
        auto const place = "/v1/replays/" + (*replay)["id"].get<std::string>();
        auto response = json_answer(std::move(*replay));
        response.status = 202;
        response.headers.emplace_back("Location", place);
        co_return response;
    }
    auto list = json::array();
    for (auto& letter : input->letters) {
        auto const status = co_await inspector_.replay(request.values[0], letter);
        if (!status && status.error().code != ErrorCode::not_found) co_return problem(status.error());
        auto const word = status ? to_string(*status) : to_string(store::ReplayStatus::missing);
        list.push_back({{"letter", std::move(letter)}, {"status", word}});
    }
    co_return json_answer({{"letters", std::move(list)}});
}

Api::Answer Api::dead_purge(Request const& request) {
    auto const age = read_purge(request.body);
    if (!age) co_return problem(age.error());
    auto const removed = co_await inspector_.purge(request.values[0], *age);
    if (!removed) co_return problem(removed.error());
    co_return json_answer({{"agent", request.values[0]}, {"purged", *removed}});
}

}  // namespace leat::http
