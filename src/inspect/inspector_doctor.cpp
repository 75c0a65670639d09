// Examining the server: collects the facts that the doctor's rules judge.
#include <sys/utsname.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "async/at_once.hpp"
#include "core/clock.hpp"
#include "core/escape.hpp"
#include "inspect/inspector.hpp"
#include "redis/error_class.hpp"
#include "redis/info.hpp"

namespace leat::inspect {

using boost::asio::awaitable;
using redis::Command;
using redis::ReplyView;

namespace {

constexpr std::int64_t kSlowCalls = 128;             // entries of the slow log that are read
constexpr std::size_t kReasonBytes = 200;            // of an error that is told
constexpr std::int64_t kExaminedWorkersMax = 1'000;  // as in the other listings
// Asked for by name: no task has it, and reading it runs a script.
constexpr std::string_view kNoTask = "doctor.no-task";
constexpr std::string_view kNoAgent = "doctor";  // where there is none to ask about

struct Flavour {
    std::string_view info_field;
    std::string_view kind;
};
constexpr std::array kFlavours{Flavour{"valkey_version", "valkey"}, Flavour{"dragonfly_version", "dragonfly"},
                               Flavour{"kvrocks_version", "kvrocks"}, Flavour{"redis_version", "redis"}};

ServerState server_of_info(std::string_view info) {
    auto const text = [info](std::string_view name) { return std::string(redis::info_field(info, name)); };
    auto const number = [info](std::string_view name) { return redis::info_number(redis::info_field(info, name)); };
    ServerState server;
    for (auto const& flavour : kFlavours) {
        server.version = text(flavour.info_field);
        server.kind = flavour.kind;
        if (!server.version.empty()) break;
    }
    if (text("executable").find("keydb") != std::string::npos) server.kind = "keydb";
    server.mode = text("redis_mode");
    if (server.mode.empty()) server.mode = text("server_mode");
    server.role = text("role");
    server.os = text("os");
    server.loading = number("loading") != 0;
    server.save_failed = text("rdb_last_bgsave_status") == "err";
    server.aof_write_failed = text("aof_last_write_status") == "err";
    if (auto policy = text("maxmemory_policy"); !policy.empty()) server.eviction_policy = std::move(policy);
    server.used_memory_bytes = number("used_memory");
    server.maxmemory_bytes = number("maxmemory");
    server.machine_memory_bytes = number("total_system_memory");
    server.replicas = number("connected_slaves");
    auto const good = text("min_slaves_good_slaves");
    server.good_replicas = good.empty() ? server.replicas : redis::info_number(good);
    server.primary_link_up = text("master_link_status") != "down";
    return server;
}

// The value of a setting in the reply to CONFIG GET; nothing where it was refused.
std::optional<std::string> setting_of(ReplyView config) {
    if (!config.is_aggregate() || config.size() < 2) return std::nullopt;
    return std::string(config[1].text());
}

std::vector<LatencyEvent> events_of(ReplyView list) {
    std::vector<LatencyEvent> events;
    for (auto const item : list) {
        LatencyEvent event{.name = std::string(item[0].text())};
        event.at_s = item[1].integer().value_or(0);
        event.max_ms = item[3].integer().value_or(0);
        events.push_back(std::move(event));
    }
    return events;
}

std::vector<SlowCall> slow_calls_of(ReplyView list) {
    std::vector<SlowCall> calls;
    for (auto const item : list) {
        SlowCall call{.command = std::string(item[3][0].text())};
        call.at_s = item[1].integer().value_or(0);
        call.us = item[2].integer().value_or(0);
        calls.push_back(std::move(call));
    }
    return calls;
}

// Whether the server runs here: its address is of this machine, and it names the same kernel.
bool is_local(redis::ConnectOptions const& options, std::string_view os) {
    bool const here = options.transport == redis::TransportKind::unix_socket || options.host == "localhost" ||
                      options.host == "::1" || options.host.starts_with("127.");
    utsname kernel{};
    if (!here || ::uname(&kernel) != 0) return false;
    return os == std::string(kernel.sysname) + " " + kernel.release + " " + kernel.machine;
}

std::optional<std::string> first_line(char const* file) {
    std::ifstream stream(file);
    std::string line;
    if (!std::getline(stream, line)) return std::nullopt;
    return line;
}

MachineState look_at_machine(bool local) {
    MachineState machine{.local = local};
    if (!local) return machine;
    if (auto const line = first_line("/sys/kernel/mm/transparent_hugepage/enabled")) {
        auto const open = line->find('[');
        auto const close = line->find(']');
        if (open != std::string::npos && close != std::string::npos && open < close)
            machine.huge_pages = line->substr(open + 1, close - open - 1);
    }
    if (auto const line = first_line("/proc/sys/vm/overcommit_memory"))
        machine.overcommit = static_cast<int>(redis::info_number(*line));
    return machine;
}

std::string reason_of(Error const& error) {
    return core::printable(error.detail, kReasonBytes);
}

awaitable<Result<ServerState>> look_at_server(redis::Connection& connection) {
    std::vector<Command> commands;
    commands.push_back(Command("INFO"));
    commands.push_back(Command("CONFIG").args("GET", "aof-load-truncated"));
    commands.push_back(Command("CONFIG").args("GET", "aof-load-corrupt-tail-max-size"));
    auto const replies = co_await connection.exec_all(std::move(commands));
    if (!replies) co_return std::unexpected(replies.error());
    auto const info = replies->front().root();
    if (info.is_error()) co_return std::unexpected(redis::error_of_reply("INFO", info.text()));
    auto server = server_of_info(info.text());
    if (auto const setting = setting_of((*replies)[1].root())) server.truncated_aof_loads = *setting == "yes";
    server.corrupt_tail_max = setting_of((*replies)[2].root());
    auto persistence = co_await store::persistence_facts(connection);
    if (!persistence) co_return std::unexpected(persistence.error());
    server.persistence = std::move(*persistence);
    co_return server;
}

awaitable<Result<ServerTempo>> look_at_tempo(redis::Connection& connection, store::Store const& store) {
    ServerTempo tempo;
    auto const& clock = core::machine_clock();
    auto const asked = clock.now();
    auto const now = co_await store.server_time();
    if (!now && now.error().code != ErrorCode::denied) co_return std::unexpected(now.error());
    auto const ours = clock.wall_ms();
    tempo.round_trip_ms = std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - asked).count() + 1;
    tempo.now_s = now.value_or(ours) / 1'000;
    if (now) tempo.clock_ahead_ms = *now - ours;
    std::vector<Command> commands;
    commands.push_back(Command("CONFIG").args("GET", "latency-monitor-threshold"));
    commands.push_back(Command("LATENCY").arg("LATEST"));
    commands.push_back(Command("SLOWLOG").arg("GET").arg(kSlowCalls));
    auto const replies = co_await connection.exec_all(std::move(commands));
    if (!replies) co_return std::unexpected(replies.error());
    if (auto const setting = setting_of((*replies)[0].root())) tempo.monitor_from_ms = redis::info_number(*setting);
    if (auto const events = (*replies)[1].root(); events.is_aggregate()) tempo.events = events_of(events);
    if (auto const calls = (*replies)[2].root(); calls.is_aggregate()) tempo.slow_calls = slow_calls_of(calls);
    co_return tempo;
}

awaitable<Result<RightsState>> look_at_rights(redis::Connection& connection, store::Store const& store,
                                              store::KeySpace const& space, std::string_view agent) {
    RightsState state;
    auto const user = co_await connection.exec(Command("ACL").arg("WHOAMI"));
    if (!user) co_return std::unexpected(user.error());
    if (!user->root().is_error()) state.user = core::printable(user->root().text(), kReasonBytes);
    auto const keys = space.agent(agent);
    auto rights = co_await store::probe_rights(connection, space, keys);
    if (rights) {
        state.rights = std::move(*rights);
    } else if (rights.error().code == ErrorCode::denied || rights.error().code == ErrorCode::unsupported) {
        state.why_unknown = reason_of(rights.error());
    } else {
        co_return std::unexpected(rights.error());
    }
    auto const task = co_await store.task(keys, kNoTask);
    if (!task && task.error().code != ErrorCode::not_found) state.script_problem = reason_of(task.error());
    co_return state;
}

}  // namespace

awaitable<Result<AgentState>> Inspector::look_at_agent(std::string name,
                                                       std::vector<store::WorkerBeat> const& workers) const {
    AgentState state;
    state.info.agent = name;
    auto const named = co_await keys_of(name);
    if (!named) {
        // A spoiled control hash must not hide what the other keys tell.
        if (named.error().code != ErrorCode::corrupt && named.error().code != ErrorCode::denied)
            co_return std::unexpected(named.error());
        state.problem = reason_of(named.error());
    }
    auto const keys = named ? *named : space_.agent(name);
    auto survey = co_await store::survey_agent(*connection_, space_, keys);
    if (survey) {
        state.survey = std::move(*survey);
    } else if (survey.error().code == ErrorCode::denied || survey.error().code == ErrorCode::corrupt) {
        state.problem = reason_of(survey.error());
    } else {
        co_return std::unexpected(survey.error());
    }
    auto info = co_await describe(std::move(name), workers);
    if (info) {
        state.info = std::move(*info);
    } else if (info.error().code != ErrorCode::corrupt && info.error().code != ErrorCode::denied) {
        co_return std::unexpected(info.error());
    } else {
        state.problem = reason_of(info.error());
    }
    if (!state.survey.wrong_types.empty()) state.problem.clear();  // they are the reason, and a finding of their own
    co_return state;
}

awaitable<void> Inspector::look_into(std::string name, std::vector<store::WorkerBeat> const& workers,
                                     Result<AgentState>& state) const {
    state = co_await look_at_agent(std::move(name), workers);
}

awaitable<Result<std::vector<AgentState>>> Inspector::look_at_agents(std::string agent, DoctorFacts& facts) const {
    std::vector<std::string> names{agent};
    if (agent.empty()) {
        auto registered = co_await look_.agents(space_);
        if (!registered) co_return std::unexpected(registered.error());
        names = std::move(*registered);
        facts.more_agents = std::ssize(names) > kDoctorAgentsMax;
        if (facts.more_agents) names.resize(kDoctorAgentsMax);
    }
    auto const workers = co_await store::list_workers(*connection_, space_, kExaminedWorkersMax);
    if (!workers) co_return std::unexpected(workers.error());
    std::vector<Result<AgentState>> states(names.size());
    auto const start = [&](std::size_t i) { return look_into(names[i], *workers, states[i]); };
    co_await async::at_once(connection_->executor(), names.size(), kAtOnce, start);
    std::vector<AgentState> agents;
    for (auto& state : states) {
        if (!state) co_return std::unexpected(state.error());
        agents.push_back(std::move(*state));
    }
    co_return agents;
}

awaitable<Result<DoctorFacts>> Inspector::examine(std::string agent) const {
    if (!agent.empty()) {
        auto checked = check_name("agent name", agent);
        if (!checked) co_return std::unexpected(std::move(checked).error());
    }
    DoctorFacts facts;
    auto server = co_await look_at_server(*connection_);
    if (server) {
        facts.server = std::move(*server);
    } else if (server.error().code == ErrorCode::denied) {
        facts.server_problem = reason_of(server.error());
    } else {
        co_return std::unexpected(server.error());
    }
    facts.machine = look_at_machine(is_local(connection_->options(), facts.server.os));
    auto tempo = co_await look_at_tempo(*connection_, store_);
    if (!tempo) co_return std::unexpected(tempo.error());
    facts.tempo = std::move(*tempo);
    auto agents = co_await look_at_agents(agent, facts);
    if (agents) {
        facts.agents = std::move(*agents);
    } else if (agents.error().code == ErrorCode::denied || agents.error().code == ErrorCode::corrupt) {
        facts.agents_problem = reason_of(agents.error());
    } else {
        co_return std::unexpected(agents.error());
    }
    if (agent.empty()) agent = facts.agents.empty() ? std::string(kNoAgent) : facts.agents.front().info.agent;
    auto rights = co_await look_at_rights(*connection_, store_, space_, agent);
    if (!rights) co_return std::unexpected(rights.error());
    facts.rights = std::move(*rights);
    co_return facts;
}

}  // namespace leat::inspect
