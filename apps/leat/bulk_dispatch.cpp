#include "bulk_dispatch.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

#include "async/task_group.hpp"
#include "inspect/model_json.hpp"
#include "task_line.hpp"

namespace leat::cli {

using boost::asio::awaitable;

namespace {

// Windows bound the memory: 4 × 8 MiB and one line each. While some are at the server, the next is read.
constexpr int kWindows = 4;
constexpr std::size_t kWindowTasks = 2'000;
constexpr std::size_t kWindowBytes = 8U << 20U;

// How often input that has run dry is looked at again. Waiting for it in the reactor would make the descriptor
// non-blocking, also for the shell that shares it.
constexpr std::chrono::milliseconds kInputPoll{20};

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

json json_of(BulkReport const& report) {
    auto bad_lines = json::array();
    for (auto const& bad : report.bad_lines)
        bad_lines.push_back({{"line", bad.line}, {"problem", bad.problem}});
    return {{"lines", report.lines},
            {"created", report.created},
            {"duplicates", report.duplicates},
            {"bad", report.bad},
            {"unsent", report.unsent},
            {"unknown", report.unknown},
            {"not_durable", report.not_durable},
            {"bad_lines", std::move(bad_lines)},
            {"stopped", report.stopped ? inspect::json_of(*report.stopped)["error"] : json(nullptr)}};
}

awaitable<void> BulkDispatch::run() {
    async::TaskGroup pumps(co_await boost::asio::this_coro::executor);
    for (int i = 0; i < kWindows; ++i)
        pumps.spawn(pump());
    co_await pumps.join();
}

void BulkDispatch::stop(Error why) {
    at_end_ = true;
    if (!report_.stopped) report_.stopped = std::move(why);
}

awaitable<void> BulkDispatch::pump() {
    boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor);
    while (!at_end_) {
        auto window = read_window();
        if (!window.tasks.empty()) {
            auto const receipts = co_await client_.async_dispatch_many(request_.agent, std::move(window.tasks));
            tally(window.lines, receipts);
        } else if (!at_end_) {
            pause.expires_after(kInputPoll);
            co_await pause.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        }
        if (listener_.on_progress) listener_.on_progress(report_, reader_.bytes_read());
    }
}

BulkDispatch::Window BulkDispatch::read_window() {
    Window window;
    std::size_t bytes = 0;
    while (window.tasks.size() < kWindowTasks && bytes < kWindowBytes) {
        auto const next = reader_.next();
        if (!next) {
            stop(next.error());
            break;
        }
        if (next->state == LineReader::State::end) at_end_ = true;
        // What a slow producer has written so far must not wait for a full window.
        if (next->state != LineReader::State::line) break;
        bytes += next->line.text.size();
        take_line(next->line, window);
    }
    return window;
}

void BulkDispatch::take_line(LineReader::Line const& line, Window& window) {
    auto text = line.text;
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (line.number == 1 && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    if (!line.too_long && is_blank(text)) return;
    ++report_.lines;
    if (line.too_long) {
        add_bad(line.number, "the line is longer than any payload may be");
        return;
    }
    auto task = parse_task_line(text, request_.plain, request_.defaults);
    if (!task) {
        add_bad(line.number, std::move(task).error());
        return;
    }
    window.tasks.push_back(std::move(*task));
    window.lines.push_back(line.number);
}

void BulkDispatch::tally(std::vector<std::int64_t> const& lines, std::vector<Result<Receipt>> const& receipts) {
    for (std::size_t i = 0; i < receipts.size() && i < lines.size(); ++i) {
        if (!receipts[i]) {
            tally_error(lines[i], receipts[i].error());
            continue;
        }
        switch (receipts[i]->status) {
            case DispatchStatus::created:
                ++report_.created;
                break;
            case DispatchStatus::duplicate:
                ++report_.duplicates;
                break;
            case DispatchStatus::full:
                ++report_.unsent;
                stop(Error{ErrorCode::overloaded, "dispatch", "the agent holds as many waiting tasks as it may"});
                break;
        }
    }
}

void BulkDispatch::tally_error(std::int64_t line, Error const& error) {
    switch (error.code) {
        case ErrorCode::invalid_input:
        case ErrorCode::too_large:
            add_bad(line, error.detail);
            break;
        case ErrorCode::unknown_outcome:
            ++report_.unknown;
            stop(error);
            break;
        case ErrorCode::not_durable:
            ++report_.not_durable;
            stop(error);
            break;
        default:
            ++report_.unsent;
            stop(error);
            break;
    }
}

void BulkDispatch::add_bad(std::int64_t line, std::string problem) {
    ++report_.bad;
    BadLine bad{.line = line, .problem = std::move(problem)};
    if (listener_.on_bad_line) listener_.on_bad_line(bad);
    if (report_.bad_lines.size() < kBadLinesKept) report_.bad_lines.push_back(std::move(bad));
}

}  // namespace leat::cli
