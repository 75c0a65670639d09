// leat task: show, list, wait, cancel, retry, move; log has a file of its own.
#include <CLI/CLI.hpp>
#include <memory>

#include "core/escape.hpp"
#include "inspect/model_json.hpp"
#include "paging.hpp"
#include "session.hpp"
#include "task_log_command.hpp"
#include "task_text.hpp"
#include "text.hpp"

namespace leat::cli {
namespace {

struct Arguments {
    std::string agent;
    std::string id;
    std::string state = "ready";
    std::string timeout;
    std::string priority;
    Paging paging;
};

std::string named(Arguments const& arguments) {
    return core::printable(arguments.agent) + "/" + core::printable(arguments.id);
}

ExitCode show(Session& session, Arguments const& arguments) {
    auto const inspector = session.inspector();
    if (!inspector) return session.fail(inspector.error());
    auto const task = session.await((*inspector)->task(arguments.agent, arguments.id));
    if (!task) return session.fail(task.error());
    if (session.out.json_mode) {
        session.out.print(inspect::json_of(*task));
    } else {
        print_task(session.out, *task);
    }
    return ExitCode::ok;
}

Table table_of(store::TaskPage const& page, TaskState state) {
    auto const now_or = [](bool known, std::string text) { return known ? std::move(text) : std::string(); };
    if (state == TaskState::scheduled) {
        Table table({{"TASK"}, {"DUE IN", Align::right}, {"RETRIES", Align::right}, {"LAST ERROR"}, {"PAYLOAD"}});
        for (auto const& row : page.rows)
            table.add({row.id, short_duration(row.due_in_ms), std::to_string(row.retry_count), row.error, row.payload});
        return table;
    }
    if (state == TaskState::ready) {
        Table table({{"TASK"}, {"LANE"}, {"CREATED"}, {"RETRIES", Align::right}, {"PAYLOAD"}});
        for (auto const& row : page.rows) {
            table.add({row.id, std::string(row.lane ? to_string(*row.lane) : ""), time_text(row.created_at),
                       std::to_string(row.retry_count), row.payload});
        }
        return table;
    }
    if (state == TaskState::running) {
        Table table(
            {{"TASK"}, {"LANE"}, {"WORKER"}, {"SILENT FOR", Align::right}, {"DELIVERIES", Align::right}, {"PAYLOAD"}});
        for (auto const& row : page.rows) {
            table.add({row.id.empty() ? "(message deleted)" : row.id, std::string(row.lane ? to_string(*row.lane) : ""),
                       row.consumer, short_duration(row.idle_ms), std::to_string(row.deliveries), row.payload});
        }
        return table;
    }
    Table table(
        {{"TASK"}, {"FINISHED"}, {"RUN TIME", Align::right}, {"ATTEMPTS", Align::right}, {"ERROR"}, {"PAYLOAD"}});
    for (auto const& row : page.rows) {
        bool const timed = row.started_at > 0 && row.finished_at >= row.started_at;
        table.add({row.id, time_text(row.finished_at), now_or(timed, short_duration(row.finished_at - row.started_at)),
                   std::to_string(row.attempts), row.error, row.payload});
    }
    return table;
}

ExitCode list(Session& session, Arguments const& arguments) {
    auto const state = task_state_from_string(arguments.state);
    if (!state) {
        session.out.note("--state is one of scheduled, ready, running, succeeded, dead, cancelled and expired.");
        return ExitCode::usage;
    }
    auto const inspector = session.inspector();
    if (!inspector) return session.fail(inspector.error());
    store::TaskSearch search{.state = *state, .cursor = arguments.paging.cursor, .limit = arguments.paging.limit};
    auto const page = session.await((*inspector)->tasks(arguments.agent, std::move(search)));
    if (!page) return session.fail(page.error());
    if (session.out.json_mode) {
        session.out.print(inspect::json_of(*page));
        return ExitCode::ok;
    }
    if (page->rows.empty() && page->cursor.empty()) {
        session.out.line("No " + arguments.state + " tasks.");
    } else {
        session.out.print_table(table_of(*page, *state));
    }
    tell_next_page(session.out, page->cursor);
    return ExitCode::ok;
}

ExitCode wait(Session& session, Arguments const& arguments) {
    Milliseconds timeout = Limits::delay_max;
    if (!arguments.timeout.empty()) {
        auto const parsed = parse_duration("timeout", arguments.timeout);
        if (!parsed) return session.fail(parsed.error());
        timeout = *parsed;
    }
    auto const client = session.client(arguments.agent);
    if (!client) return session.fail(client.error());
    // Waiting outlives lost connections; a server that cannot be reached at all is told at once.
    if (auto const known = (*client)->task(arguments.agent, arguments.id); !known) return session.fail(known.error());
    auto const result = (*client)->wait(arguments.agent, arguments.id, timeout);
    if (!result) return session.fail(result.error());
    if (session.out.json_mode) {
        session.out.print(inspect::json_of(*result));
    } else {
        print_outcome(session.out, *result);
    }
    return exit_code_of(result->state);
}

std::string_view sentence(CancelStatus status) noexcept {
    switch (status) {
        case CancelStatus::cancelled:
            return "is cancelled.";
        case CancelStatus::requested:
            return "runs; its worker was told to stop. The outcome follows.";
        case CancelStatus::terminal:
            return "had its outcome already; nothing was changed.";
    }
    return "";
}

ExitCode cancel(Session& session, Arguments const& arguments) {
    auto const inspector = session.inspector();
    if (!inspector) return session.fail(inspector.error());
    auto const status = session.await((*inspector)->cancel(arguments.agent, arguments.id));
    if (!status) return session.fail(status.error());
    if (session.out.json_mode) {
        session.out.print({{"id", arguments.id}, {"agent", arguments.agent}, {"status", to_string(*status)}});
    } else {
        session.out.line(named(arguments) + " " + std::string(sentence(*status)));
    }
    return ExitCode::ok;
}

ExitCode retry(Session& session, Arguments const& arguments) {
    auto const inspector = session.inspector();
    if (!inspector) return session.fail(inspector.error());
    auto const reply = session.await((*inspector)->retry(arguments.agent, arguments.id));
    if (!reply) return session.fail(reply.error());
    bool const replayed = reply->status == inspect::RetryStatus::replayed;
    if (session.out.json_mode) {
        session.out.print({{"id", arguments.id},
                           {"agent", arguments.agent},
                           {"status", replayed ? "replayed" : "not_dead"},
                           {"state", to_string(reply->state)}});
    } else if (replayed) {
        session.out.line(named(arguments) + " is ready again.");
    } else {
        session.out.note(named(arguments) + " is " + std::string(to_string(reply->state)) +
                         "; only dead tasks can be brought back.");
    }
    return replayed ? ExitCode::ok : ExitCode::failure;
}

struct MoveText {
    std::string_view name;
    std::string_view sentence;
};

MoveText text_of(store::ReprioritiseStatus status) noexcept {
    switch (status) {
        case store::ReprioritiseStatus::moved:
            return {"moved", "was moved."};
        case store::ReprioritiseStatus::unchanged:
            return {"unchanged", "has that priority already."};
        case store::ReprioritiseStatus::running:
            return {"running", "runs; its priority no longer matters."};
        case store::ReprioritiseStatus::terminal:
            return {"terminal", "had its outcome already; nothing was changed."};
    }
    return {"", ""};
}

ExitCode move(Session& session, Arguments const& arguments) {
    auto const priority = parse_priority(arguments.priority);
    if (!priority) return session.fail(priority.error());
    auto const inspector = session.inspector();
    if (!inspector) return session.fail(inspector.error());
    auto const status = session.await((*inspector)->move(arguments.agent, arguments.id, *priority));
    if (!status) return session.fail(status.error());
    auto const text = text_of(*status);
    if (session.out.json_mode) {
        session.out.print({{"id", arguments.id},
                           {"agent", arguments.agent},
                           {"status", text.name},
                           {"lane", to_string(lane_of_priority(*priority))}});
    } else {
        session.out.line(named(arguments) + " " + std::string(text.sentence));
    }
    return ExitCode::ok;
}

using Body = ExitCode (*)(Session&, Arguments const&);

// A command about one task.
CLI::App* add_task_command(CLI::App& group, Session& session, std::shared_ptr<Arguments> const& arguments,
                           std::string const& name, std::string const& help, Body body) {
    auto* const command = group.add_subcommand(name, help);
    command->add_option("agent", arguments->agent, "The task's agent.")->required();
    command->add_option("id", arguments->id, "The task's id.")->required();
    session.on(command, [&session, arguments, body] { return body(session, *arguments); });
    return command;
}

}  // namespace

void add_task_commands(CLI::App& app, Session& session) {
    auto* const group = app.add_subcommand("task", "Look at tasks, and steer them.");
    group->require_subcommand(1);
    auto const arguments = std::make_shared<Arguments>();

    add_task_command(*group, session, arguments, "show", "Everything known of one task.", show);

    auto* const listing = group->add_subcommand("list", "The tasks of an agent in one state.");
    listing->add_option("agent", arguments->agent, "Whose tasks.")->required();
    listing
        ->add_option("--state", arguments->state, "scheduled, ready, running, succeeded, dead, cancelled or expired.")
        ->capture_default_str();
    add_paging(*listing, arguments->paging);
    session.on(listing, [&session, arguments] { return list(session, *arguments); });

    auto* const waiting = add_task_command(*group, session, arguments, "wait",
                                           "Wait for a task's outcome; the exit code tells it.", wait);
    waiting->add_option("--timeout", arguments->timeout, "Wait no longer than this (30s). Default: no limit.");

    add_task_log_command(*group, session);
    add_task_command(*group, session, arguments, "cancel",
                     "End a task: at once while it waits, else by telling its worker.", cancel);
    add_task_command(*group, session, arguments, "retry", "Bring a dead task back.", retry);

    auto* const moving =
        add_task_command(*group, session, arguments, "move", "Give a waiting task another priority.", move);
    moving->add_option("priority", arguments->priority, "critical, high, normal, low or an integer.")->required();

    group->footer(
        "Examples:\n  leat task list sentiment --state running\n  leat task wait sentiment order-17 --timeout 1m\n");
}

}  // namespace leat::cli
