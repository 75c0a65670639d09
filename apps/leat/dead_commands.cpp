// leat dead: list, show, replay, purge.
#include <CLI/CLI.hpp>
#include <memory>

#include "core/clock.hpp"
#include "core/escape.hpp"
#include "inspect/model_json.hpp"
#include "paging.hpp"
#include "progress.hpp"
#include "session.hpp"
#include "text.hpp"

namespace leat::cli {
namespace {

struct Arguments {
    std::string agent;
    std::string id;
    Paging paging;
    std::string error;
    bool all = false;
    bool dry_run = false;
    double rate = 0;
    std::string older_than;
    bool yes = false;
};

ExitCode list(Session& session, Arguments const& arguments) {
    auto const inspector = session.inspector();
    if (!inspector) return session.fail(inspector.error());
    auto const page =
        session.await((*inspector)->dead(arguments.agent, arguments.paging.cursor, arguments.paging.limit));
    if (!page) return session.fail(page.error());
    if (session.out.json_mode) {
        session.out.print(inspect::json_of(*page));
        return ExitCode::ok;
    }
    if (page->letters.empty()) {
        session.out.line("No dead letters.");
        return ExitCode::ok;
    }
    Table table({{"LETTER"},
                 {"TASK"},
                 {"FAILED"},
                 {"ATTEMPTS", Align::right},
                 {"STATE"},
                 {"REASON"},
                 {"ERROR", Align::left, 80}});
    for (auto const& letter : page->letters) {
        table.add({letter.entry, letter.task_id, time_text(letter.failed_at), std::to_string(letter.attempts),
                   std::string(store::to_string(letter.state)), letter.reason, letter.error});
    }
    session.out.print_table(table);
    tell_next_page(session.out, page->cursor);
    return ExitCode::ok;
}

ExitCode show(Session& session, Arguments const& arguments) {
    auto const inspector = session.inspector();
    if (!inspector) return session.fail(inspector.error());
    auto const letter = session.await((*inspector)->dead_letter(arguments.agent, arguments.id));
    if (!letter) return session.fail(letter.error());
    auto& out = session.out;
    if (out.json_mode) {
        out.print(inspect::json_of(*letter));
        return ExitCode::ok;
    }
    out.field("letter", letter->entry);
    out.field("task", letter->task_id);
    out.field("state", store::to_string(letter->state));
    out.field("failed", time_text(letter->failed_at));
    out.field("attempts", std::to_string(letter->attempts));
    out.field("reason", letter->reason);
    out.field("error", letter->error);
    out.field("payload", letter->payload);
    return ExitCode::ok;
}

ExitCode replay_one(Session& session, Arguments const& arguments) {
    auto const inspector = session.inspector();
    if (!inspector) return session.fail(inspector.error());
    auto const status = session.await((*inspector)->replay(arguments.agent, arguments.id));
    if (!status) return session.fail(status.error());
    bool const replayed = *status == store::ReplayStatus::replayed;
    if (session.out.json_mode) {
        auto const* const name = replayed                                   ? "replayed"
                                 : *status == store::ReplayStatus::not_dead ? "not_dead"
                                                                            : "missing";
        session.out.print({{"id", arguments.id}, {"agent", arguments.agent}, {"status", name}});
    } else if (replayed) {
        session.out.line(core::printable(arguments.id) + " is ready again.");
    } else if (*status == store::ReplayStatus::not_dead) {
        session.out.note(arguments.id + " is no longer dead: it was replayed before.");
    } else {
        session.out.note(arguments.id + " cannot be brought back: its letter is gone.");
    }
    if (replayed) return ExitCode::ok;
    return *status == store::ReplayStatus::missing ? ExitCode::not_found : ExitCode::failure;
}

ExitCode replay_many(Session& session, Arguments const& arguments) {
    auto const inspector = session.inspector();
    if (!inspector) return session.fail(inspector.error());
    auto& out = session.out;
    Progress progress("letters", out.stderr_is_terminal(), core::machine_clock().now());
    auto const on_progress = [&](inspect::ReplayReport const& report) {
        if (auto const text = progress.update(report.looked_at, std::nullopt, core::machine_clock().now()))
            out.progress(*text);
    };
    inspect::ReplayRequest request{.agent = arguments.agent,
                                   .error_contains = arguments.error,
                                   .rate = arguments.rate,
                                   .dry_run = arguments.dry_run};
    auto const report = session.await((*inspector)->replay_all(std::move(request), on_progress));
    out.progress(progress.clear());
    if (!report) return session.fail(report.error());
    if (out.json_mode) {
        auto object = inspect::json_of(*report);
        object["agent"] = arguments.agent;
        object["dry_run"] = arguments.dry_run;
        out.print(object);
    } else if (arguments.dry_run) {
        out.line(grouped(report->matched) + " dead letters would be replayed, of " + grouped(report->looked_at) + ".");
    } else {
        auto text =
            grouped(report->replayed) + " tasks are ready again, of " + grouped(report->looked_at) + " dead letters";
        if (report->skipped > 0) text += "; " + grouped(report->skipped) + " had gone on in the meantime";
        out.line(text + ".");
    }
    return ExitCode::ok;
}

ExitCode replay(Session& session, Arguments const& arguments) {
    bool const many = arguments.all || !arguments.error.empty();
    if (many == !arguments.id.empty()) {
        session.out.note("Say which: one letter's or task's id, --error TEXT, or --all.");
        return ExitCode::usage;
    }
    if (!many && (arguments.dry_run || arguments.rate > 0)) {
        session.out.note("--dry-run and --rate go with --error or --all.");
        return ExitCode::usage;
    }
    return many ? replay_many(session, arguments) : replay_one(session, arguments);
}

ExitCode purge(Session& session, Arguments const& arguments) {
    std::optional<Milliseconds> age;
    if (!arguments.older_than.empty()) {
        auto const parsed = parse_duration("older-than", arguments.older_than);
        if (!parsed) return session.fail(parsed.error());
        age = *parsed;
    }
    if (!arguments.yes) {
        session.out.note("This removes dead letters for good, also those that were not replayed. Add --yes to do it.");
        return ExitCode::usage;
    }
    auto const inspector = session.inspector();
    if (!inspector) return session.fail(inspector.error());
    auto const removed = session.await((*inspector)->purge(arguments.agent, age));
    if (!removed) return session.fail(removed.error());
    if (session.out.json_mode) {
        session.out.print({{"agent", arguments.agent}, {"removed", *removed}});
    } else {
        session.out.line(grouped(*removed) + " dead letters removed.");
    }
    return ExitCode::ok;
}

}  // namespace

void add_dead_commands(CLI::App& app, Session& session) {
    auto* const group = app.add_subcommand("dead", "Look at dead letters; bring them back or remove them.");
    group->require_subcommand(1);
    auto const arguments = std::make_shared<Arguments>();
    auto const add = [&](std::string const& name, std::string const& help,
                         ExitCode (*body)(Session&, Arguments const&)) {
        auto* const command = group->add_subcommand(name, help);
        command->add_option("agent", arguments->agent, "Whose dead letters.")->required();
        session.on(command, [&session, arguments, body] { return body(session, *arguments); });
        return command;
    };
    auto* const listing = add("list", "Dead letters, newest first.", list);
    add_paging(*listing, arguments->paging);

    auto* const showing = add("show", "One dead letter with its whole payload.", show);
    showing->add_option("id", arguments->id, "The letter's id or the task's.")->required();

    auto* const replaying = add("replay", "Bring tasks back: one, or many.", replay);
    replaying->add_option("id", arguments->id, "The letter's id or the task's.");
    replaying->add_option("--error", arguments->error, "All whose error or reason contains this text.");
    replaying->add_flag("--all", arguments->all, "All.");
    replaying->add_option("--rate", arguments->rate, "At most so many tasks a second.")->check(CLI::PositiveNumber);
    replaying->add_flag("--dry-run", arguments->dry_run, "Only count.");

    auto* const purging = add("purge", "Remove dead letters for good.", purge);
    purging->add_option("--older-than", arguments->older_than, "Only letters older than this (7d). Default: all.");
    purging->add_flag("--yes", arguments->yes, "Really do it.");

    group->footer(
        "Examples:\n  leat dead list sentiment\n  leat dead replay sentiment --error 'rate limit' --rate 50\n"
        "  leat dead purge sentiment --older-than 30d --yes\n");
}

}  // namespace leat::cli
