// What handlers said while they ran a task: its log, at once and line by line.
#include <utility>

#include "http/api.hpp"
#include "http/problem.hpp"
#include "inspect/model_json.hpp"

namespace leat::http {

json Api::shown_line(store::LogEntry const& entry) const {
    auto object = inspect::json_of(entry);
    if (redaction_.names_secret(entry.line.text)) object["text"] = kRedacted;
    return object;
}

Api::Answer Api::task_log(Request const& request) {
    bool reveal = false;
    if (auto refusal = check_reveal(request, reveal)) co_return std::move(*refusal);
    auto const limit = read_limit(request.target);
    if (!limit) co_return problem(limit.error());
    auto cursor = std::string(request.target.parameter("cursor"));
    auto const page = co_await inspector_.task_log(request.values[0], request.values[1], std::move(cursor), *limit);
    if (!page) co_return problem(page.error());
    auto object = inspect::json_of(*page);
    if (!reveal) {
        for (std::size_t i = 0; i < page->entries.size(); ++i)
            object["lines"][i] = shown_line(page->entries[i]);
    }
    co_return json_answer(std::move(object), reveal);
}

boost::asio::awaitable<bool> Api::tell_log(std::string const& agent, std::string const& task_id, std::string& cursor,
                                           EventWriter& writer) const {
    for (bool more = true; more && !stopping_;) {
        auto page = co_await inspector_.task_log(agent, task_id, cursor, store::kPageMax);
        if (!page) break;  // a courtesy: the state is told without it
        more = page->more;
        cursor = std::move(page->cursor);
        std::string parts;
        for (auto const& entry : page->entries) {
            auto const name = entry.line.percent ? std::string_view("progress") : std::string_view("log");
            parts += server_sent_event(name, entry.entry, inspect::dump(shown_line(entry)));
        }
        if (!parts.empty() && !co_await writer.write(std::move(parts))) co_return false;
    }
    co_return true;
}

}  // namespace leat::http
