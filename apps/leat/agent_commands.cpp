// leat agent: list, show, pause, resume.
#include <CLI/CLI.hpp>
#include <memory>

#include "core/escape.hpp"
#include "inspect/model_json.hpp"
#include "paging.hpp"
#include "session.hpp"
#include "text.hpp"

namespace leat::cli {
namespace {

struct Arguments {
    std::string agent;
    Paging paging;
};

std::string age(std::optional<std::int64_t> const& ms) {
    return ms ? short_duration(*ms) : std::string();
}

ExitCode list(Session& session, Arguments const& arguments) {
    auto const inspector = session.inspector();
    if (!inspector) return session.fail(inspector.error());
    auto const page = session.await((*inspector)->agents(arguments.paging.cursor, arguments.paging.limit));
    if (!page) return session.fail(page.error());
    if (session.out.json_mode) {
        session.out.print(inspect::json_of(*page));
        return ExitCode::ok;
    }
    if (page->agents.empty()) {
        session.out.line("No agents yet. They appear with their first task or worker.");
        return ExitCode::ok;
    }
    Table table({{"AGENT"},
                 {"CONDITION"},
                 {"WORKERS", Align::right},
                 {"READY", Align::right},
                 {"RUNNING", Align::right},
                 {"SCHEDULED", Align::right},
                 {"DEAD", Align::right},
                 {"OLDEST READY", Align::right}});
    for (auto const& agent : page->agents) {
        if (!agent.problem.empty()) session.out.note(agent.agent + ": " + agent.problem);
        table.add({agent.agent, std::string(to_string(agent.condition())), std::to_string(agent.workers),
                   std::to_string(agent.depth.ready()), std::to_string(agent.depth.running()),
                   std::to_string(agent.depth.scheduled), std::to_string(agent.depth.dead),
                   age(agent.depth.oldest_ready_ms())});
    }
    session.out.print_table(table);
    tell_next_page(session.out, page->cursor);
    return ExitCode::ok;
}

// What to do about the agent's condition; empty where nothing needs doing.
std::string advice(inspect::AgentInfo const& agent) {
    switch (agent.condition()) {
        case inspect::AgentCondition::served:
            return "";
        case inspect::AgentCondition::paused:
            return "It is paused. `leat agent resume " + agent.agent + "` lets it go on.";
        case inspect::AgentCondition::unserved:
            return "No worker serves it, so its tasks wait. Start one: leat worker --agent " + agent.agent +
                   " --exec COMMAND";
        case inspect::AgentCondition::corrupt:
            return "One of its keys holds something that Leat did not write; remove it.";
        case inspect::AgentCondition::unknown:
            return "Nobody has dispatched to it or served it yet; check the name. `leat agent list` shows who is "
                   "known.";
    }
    return "";
}

ExitCode show(Session& session, Arguments const& arguments) {
    auto const inspector = session.inspector();
    if (!inspector) return session.fail(inspector.error());
    auto const agent = session.await((*inspector)->agent(arguments.agent));
    if (!agent) return session.fail(agent.error());
    auto& out = session.out;
    if (out.json_mode) {
        out.print(inspect::json_of(*agent));
        return ExitCode::ok;
    }
    auto const& depth = agent->depth;
    out.field("agent", agent->agent);
    out.field("condition", to_string(agent->condition()));
    out.field("workers", std::to_string(agent->workers) + " (" + std::to_string(agent->slots) + " slots)");
    out.field("ready", grouped(depth.ready()));
    out.field("running", grouped(depth.running()));
    out.field("scheduled", grouped(depth.scheduled));
    out.field("dead letters", grouped(depth.dead));
    out.field("results", grouped(depth.results));
    if (depth.oldest_ready_ms()) out.field("oldest ready", age(depth.oldest_ready_ms()));
    if (depth.oldest_idle_ms()) out.field("oldest silence", age(depth.oldest_idle_ms()));
    if (depth.next_due_in_ms) out.field("next due in", short_duration(*depth.next_due_in_ms));
    if (agent->control.max_waiting) out.field("max waiting", grouped(*agent->control.max_waiting));
    if (agent->control.lease_ms) out.field("lease", short_duration(*agent->control.lease_ms));
    Table lanes({{"LANE"}, {"READY", Align::right}, {"RUNNING", Align::right}, {"OLDEST READY", Align::right}});
    for (std::size_t i = 0; i < kLanes; ++i) {
        auto const& lane = depth.lanes[i];
        lanes.add({std::string(to_string(static_cast<Lane>(i))), grouped(lane.ready), grouped(lane.running),
                   age(lane.oldest_ready_ms)});
    }
    out.line("");
    out.print_table(lanes);
    if (auto const text = advice(*agent); !text.empty()) {
        out.line("");
        out.line(core::printable(text));
    }
    return ExitCode::ok;
}

ExitCode set_paused(Session& session, Arguments const& arguments, bool paused) {
    auto const inspector = session.inspector();
    if (!inspector) return session.fail(inspector.error());
    auto const done = session.await((*inspector)->set_paused(arguments.agent, paused));
    if (!done) return session.fail(done.error());
    if (session.out.json_mode) {
        session.out.print({{"agent", arguments.agent}, {"paused", paused}});
    } else if (paused) {
        session.out.line(arguments.agent + " is paused: running tasks finish, waiting ones stay. Dispatching goes on.");
    } else {
        session.out.line(arguments.agent + " goes on.");
    }
    return ExitCode::ok;
}

}  // namespace

void add_agent_commands(CLI::App& app, Session& session) {
    auto* const group = app.add_subcommand("agent", "Look at agents; pause and resume them.");
    group->require_subcommand(1);
    auto const arguments = std::make_shared<Arguments>();

    auto* const listing = group->add_subcommand("list", "All agents and what they hold.");
    add_paging(*listing, arguments->paging);
    session.on(listing, [&session, arguments] { return list(session, *arguments); });

    auto const add = [&](std::string const& name, std::string const& help, auto body) {
        auto* const command = group->add_subcommand(name, help);
        command->add_option("agent", arguments->agent, "The agent's name.")->required();
        session.on(command, [&session, arguments, body] { return body(session, *arguments); });
    };
    add("show", "One agent: depth by lane, workers, and what to do when its tasks do not move.", show);
    add("pause", "Hand out no more tasks of an agent; running ones finish.",
        [](Session& s, Arguments const& a) { return set_paused(s, a, true); });
    add("resume", "Hand out tasks of a paused agent again.",
        [](Session& s, Arguments const& a) { return set_paused(s, a, false); });
    group->footer("Examples:\n  leat agent list\n  leat agent show sentiment\n");
}

}  // namespace leat::cli
