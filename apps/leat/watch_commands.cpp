// leat pending, workers, results: what happens now.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "core/escape.hpp"
#include "inspect/model_json.hpp"
#include "paging.hpp"
#include "session.hpp"
#include "text.hpp"

namespace leat::cli {
namespace {

constexpr std::chrono::milliseconds kFollowBlock{2'000};
constexpr std::int64_t kFollowBatch = 100;

struct PendingArguments {
    std::string agent;
    std::optional<std::int64_t> alert;
};

ExitCode pending(Session& session, PendingArguments const& arguments) {
    auto const inspector = session.inspector();
    if (!inspector) return session.fail(inspector.error());
    auto const agents = session.await((*inspector)->pending(arguments.agent));
    if (!agents) return session.fail(agents.error());
    if (session.out.json_mode) {
        session.out.print(inspect::json_of(*agents));
    } else {
        Table table({{"AGENT"},
                     {"WORKER"},
                     {"IN FLIGHT", Align::right},
                     {"OLDEST AGE", Align::right},
                     {"OLDEST SILENCE", Align::right},
                     {"DELIVERIES", Align::right}});
        for (auto const& agent : *agents) {
            if (!agent.problem.empty()) session.out.note(agent.agent + ": " + agent.problem);
            for (auto const& worker : agent.workers) {
                table.add({agent.agent, worker.consumer, std::to_string(worker.count),
                           short_duration(worker.oldest_running_ms), short_duration(worker.oldest_idle_ms),
                           std::to_string(worker.deliveries_max)});
            }
        }
        if (table.empty()) {
            session.out.line("Nothing is in flight.");
        } else {
            session.out.print_table(table);
        }
    }
    if (!arguments.alert) return ExitCode::ok;
    auto code = ExitCode::ok;
    for (auto const& agent : *agents) {
        if (agent.count() <= *arguments.alert) continue;
        session.out.note(agent.agent + " has " + grouped(agent.count()) + " tasks in flight, more than " +
                         grouped(*arguments.alert));
        code = ExitCode::alert;
    }
    return code;
}

ExitCode workers(Session& session, std::int64_t limit) {
    auto const inspector = session.inspector();
    if (!inspector) return session.fail(inspector.error());
    auto const page = session.await((*inspector)->workers(limit));
    if (!page) return session.fail(page.error());
    if (session.out.json_mode) {
        session.out.print(inspect::json_of(*page));
        return ExitCode::ok;
    }
    if (page->workers.empty()) {
        session.out.line("No worker is alive. Start one: leat worker --agent AGENT --exec COMMAND");
        return ExitCode::ok;
    }
    Table table({{"WORKER"},
                 {"HOST"},
                 {"PID", Align::right},
                 {"VERSION"},
                 {"STARTED"},
                 {"LAST BEAT", Align::right},
                 {"MEMORY", Align::right},
                 {"AGENTS (RUNNING/SLOTS)", Align::left, 120}});
    for (auto const& worker : page->workers) {
        std::string agents = worker.draining ? "(draining) " : "";
        for (auto const& serving : worker.agents) {
            agents += serving.agent + " " + std::to_string(serving.running) + "/" + std::to_string(serving.slots) + " ";
        }
        if (!agents.empty()) agents.pop_back();
        table.add({worker.consumer, worker.host, std::to_string(worker.pid), worker.version,
                   time_text(worker.started_at),
                   short_duration(std::max<std::int64_t>(0, page->now - worker.beat_at)) + " ago",
                   short_bytes(worker.rss_bytes), agents});
    }
    session.out.print_table(table);
    return ExitCode::ok;
}

struct ResultsArguments {
    std::string agent;
    std::int64_t tail = 20;
    std::string cursor;
    bool follow = false;
};

// One line per entry, in either form.
void print_results(Output& out, std::vector<store::ResultEntry> const& entries) {
    for (auto const& entry : entries) {
        if (out.json_mode) {
            out.print(inspect::json_of(entry));
            continue;
        }
        auto const& text = entry.status == "success" ? entry.result_text : entry.error;
        out.line(
            core::printable(time_text(entry.finished_at) + "  " + entry.task_id + "  " + entry.status + "  " + text));
    }
}

ExitCode follow(Session& session, inspect::Inspector const& inspector, ResultsArguments const& arguments,
                std::string entry) {
    bool connected = true;
    for (;;) {
        auto page = session.await(inspector.results_after(arguments.agent, entry, kFollowBatch, kFollowBlock));
        if (!page) {
            auto const code = page.error().code;
            if (code != ErrorCode::unknown_outcome && code != ErrorCode::unavailable) return session.fail(page.error());
            // The connection comes back by itself, and what was missed is read then.
            if (std::exchange(connected, false)) session.out.note("The connection is lost; waiting for it.");
            continue;
        }
        if (!std::exchange(connected, true)) session.out.note("Connected again.");
        print_results(session.out, page->entries);
        if (!session.out.flush()) return ExitCode::failure;
        entry = std::move(page->cursor);
    }
}

ExitCode results(Session& session, ResultsArguments const& arguments) {
    auto const inspector = session.inspector();
    if (!inspector) return session.fail(inspector.error());
    auto page = session.await((*inspector)->results(arguments.agent, arguments.cursor, arguments.tail));
    if (!page) return session.fail(page.error());
    std::ranges::reverse(page->entries);  // read newest first, shown like a log
    if (session.out.json_mode && !arguments.follow) {
        session.out.print(inspect::json_of(*page));
        return ExitCode::ok;
    }
    print_results(session.out, page->entries);
    if (arguments.follow) {
        if (!session.out.flush()) return ExitCode::failure;
        auto const last = page->entries.empty() ? std::string("0-0") : page->entries.back().entry;
        return follow(session, **inspector, arguments, last);
    }
    if (page->entries.empty()) session.out.note("No results yet.");
    return ExitCode::ok;
}

}  // namespace

void add_watch_commands(CLI::App& app, Session& session) {
    auto* const in_flight = app.add_subcommand("pending", "Tasks in flight, by agent and worker.");
    auto const pending_arguments = std::make_shared<PendingArguments>();
    in_flight->add_option("agent", pending_arguments->agent, "Only this agent. Default: all.");
    in_flight
        ->add_option("--alert", pending_arguments->alert,
                     "Exit with code 3 when an agent has more than so many in flight.")
        ->check(CLI::NonNegativeNumber);
    in_flight->footer("Example:\n  leat pending --alert 50\n");
    session.on(in_flight, [&session, pending_arguments] { return pending(session, *pending_arguments); });

    auto* const alive = app.add_subcommand("workers", "Workers that are alive, and what they serve.");
    auto const limit = std::make_shared<std::int64_t>(100);
    alive->add_option("--limit", *limit, "At most so many, 1 to 1000.")
        ->check(CLI::Range(std::int64_t{1}, store::kPageMax))
        ->capture_default_str();
    alive->footer("Example:\n  leat workers --json\n");
    session.on(alive, [&session, limit] { return workers(session, *limit); });

    auto* const archive = app.add_subcommand("results", "The archive of an agent: how attempts ended.");
    auto const arguments = std::make_shared<ResultsArguments>();
    archive->add_option("agent", arguments->agent, "Whose results.")->required();
    archive->add_option("--tail", arguments->tail, "The last so many entries, 1 to 1000.")
        ->check(CLI::Range(std::int64_t{1}, store::kPageMax))
        ->capture_default_str();
    archive->add_option("--cursor", arguments->cursor,
                        "Go further back from where an earlier page ended; --json tells the cursor.");
    archive->add_flag("--follow", arguments->follow,
                      "Print new entries as they come, until Ctrl-C; JSON: one per line.");
    archive->footer("Example:\n  leat results sentiment --tail 100 --follow\n");
    session.on(archive, [&session, arguments] { return results(session, *arguments); });
}

}  // namespace leat::cli
