// leat task log: what a task's handler says, and has said.
#include "task_log_command.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <memory>
#include <utility>

#include "core/escape.hpp"
#include "inspect/model_json.hpp"
#include "paging.hpp"
#include "text.hpp"

namespace leat::cli {
namespace {

constexpr std::chrono::milliseconds kLogLook{500};  // how often a followed log is looked at

struct LogArguments {
    std::string agent;
    std::string id;
    Paging paging{.limit = store::kPageMax};
    bool follow = false;
};

void print_log_lines(Output& out, store::LogPage const& page) {
    for (auto const& entry : page.entries) {
        if (out.json_mode) {
            out.print(inspect::json_of(entry));
            continue;
        }
        auto const& line = entry.line;
        auto text = time_text(entry.at) + "  #" + std::to_string(line.attempt) + "  ";
        if (line.percent) text += std::to_string(*line.percent) + "%  ";
        out.line(text + core::printable(line.text));
    }
}

boost::asio::awaitable<bool> rest_a_little(boost::asio::io_context& context) {
    boost::asio::steady_timer timer(context, kLogLook);
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return true;
}

bool may_pass(ErrorCode code) noexcept {
    return code == ErrorCode::unavailable || code == ErrorCode::unknown_outcome;
}

// Prints what is there behind `cursor`, and moves it on.
Result<void> print_news(Session& session, inspect::Inspector const& inspector, LogArguments const& arguments,
                        std::string& cursor) {
    for (bool more = true; more;) {
        auto page = session.await(inspector.task_log(arguments.agent, arguments.id, cursor, store::kPageMax));
        if (!page) return std::unexpected(page.error());
        print_log_lines(session.out, *page);
        more = page->more;
        cursor = std::move(page->cursor);
    }
    return {};
}

// Until the task has its outcome. The state is looked at before the log, so that the last words are not missed.
ExitCode follow_log(Session& session, inspect::Inspector const& inspector, LogArguments const& arguments) {
    auto cursor = arguments.paging.cursor;
    bool connected = true;
    for (bool first = true;; first = false) {
        auto const task = session.await(inspector.task(arguments.agent, arguments.id));
        auto looked =
            task ? print_news(session, inspector, arguments, cursor) : Result<void>(std::unexpected(task.error()));
        if (!session.out.flush()) return ExitCode::failure;
        if (!looked && (first || !may_pass(looked.error().code))) return session.fail(looked.error());
        // The connection comes back by itself, and what was missed is read then.
        bool const was_connected = std::exchange(connected, looked.has_value());
        if (was_connected && !connected) session.out.note("The connection is lost; waiting for it.");
        if (!was_connected && connected) session.out.note("Connected again.");
        if (looked && is_terminal(task->state)) {
            if (!session.out.json_mode) {
                session.out.note(core::printable(arguments.agent) + "/" + core::printable(arguments.id) +
                                 " has ended: " + std::string(to_string(task->state)));
            }
            return exit_code_of(task->state);
        }
        (void)session.await(rest_a_little(session.context()));
    }
}

ExitCode show_log(Session& session, LogArguments const& arguments) {
    auto const inspector = session.inspector();
    if (!inspector) return session.fail(inspector.error());
    if (arguments.follow) return follow_log(session, **inspector, arguments);
    auto const page = session.await(
        (*inspector)->task_log(arguments.agent, arguments.id, arguments.paging.cursor, arguments.paging.limit));
    if (!page) return session.fail(page.error());
    if (session.out.json_mode) {
        session.out.print(inspect::json_of(*page));
        return ExitCode::ok;
    }
    print_log_lines(session.out, *page);
    if (page->entries.empty() && !page->more) session.out.note("Nothing was said within the last day.");
    if (page->more) tell_next_page(session.out, page->cursor);
    return ExitCode::ok;
}

}  // namespace

void add_task_log_command(CLI::App& group, Session& session) {
    auto* const command = group.add_subcommand("log", "What a task's handler says: its lines and its progress.");
    auto const arguments = std::make_shared<LogArguments>();
    command->add_option("agent", arguments->agent, "The task's agent.")->required();
    command->add_option("id", arguments->id, "The task's id.")->required();
    command->add_flag(
        "--follow", arguments->follow,
        "Print what comes until the task has its outcome, which the exit code tells; JSON: one line each.");
    add_paging(*command, arguments->paging);
    session.on(command, [&session, arguments] { return show_log(session, *arguments); });
}

}  // namespace leat::cli
