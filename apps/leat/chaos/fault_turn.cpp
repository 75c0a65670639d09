#include "chaos/fault_turn.hpp"

#include <utility>

#include "chaos/final_reading.hpp"
#include "chaos/fleet.hpp"
#include "chaos/redis_link.hpp"
#include "chaos/server_process.hpp"

namespace leat::cli::chaos {

FaultTurn::FaultTurn(FaultParts parts, FaultKind const& fault, Planned const& planned)
    : parts_(std::move(parts)), fault_(fault), planned_(planned) {}

Result<void> FaultTurn::take() {
    begin(fault_.excuse);
    auto turn = context();
    auto done = fault_.run(turn);
    write(Phase::end);
    if (parts_.server != nullptr && !parts_.server->alive()) {
        if (auto started = parts_.server->start(); !started) return started;
    }
    return done;
}

FaultContext FaultTurn::context() {
    return FaultContext{.workers = parts_.workers,
                        .producers = parts_.producers,
                        .server = parts_.server,
                        .proxy = parts_.proxy,
                        .redis = parts_.redis,
                        .space = parts_.space,
                        .agents = parts_.agents,
                        .lease = parts_.lease,
                        .folder = parts_.folder,
                        .random = core::Random(planned_.seed),
                        .salt = planned_.number,
                        .shims = parts_.shims,
                        .wait = parts_.wait,
                        .wait_until = parts_.wait_until,
                        .note = [this](std::string_view text) { note(text); },
                        .harm_begins = [this] { begin(fault_.excuse); },
                        .harm_hits =
                            [this](std::vector<std::string> processes) {
                                auto excuse = fault_.excuse;
                                excuse.processes = std::move(processes);
                                begin(excuse);
                            },
                        .taken = [this] { write(Phase::ok); },
                        .read_archive = [this] { return read_archive(); },
                        .restart_server = [this](auto const& meanwhile) { return restart_server(meanwhile); },
                        .damaged = [this](auto agent, auto task, auto what) { damaged(agent, task, what); }};
}

void FaultTurn::begin(Excuse const& excuse) {
    write(Phase::begin, encode(excuse, parts_.lease));
}

void FaultTurn::write(Phase phase, std::string detail) {
    Entry entry{.op = Op::fault, .phase = phase, .status = std::string(fault_.name), .detail = std::move(detail)};
    entry.fence = std::to_string(planned_.number);
    parts_.history.write(std::move(entry));
}

void FaultTurn::damaged(std::string_view agent, std::string_view task, std::string_view what) {
    Entry damage{.op = Op::damage, .status = std::string(what), .detail = std::string(fault_.name)};
    damage.agent = agent;
    damage.task = task;
    parts_.history.write(std::move(damage));
}

void FaultTurn::note(std::string_view text) {
    Entry entry{.op = Op::note, .detail = std::string(text)};
    parts_.history.write(std::move(entry));
}

// With options that a fault has changed. A machine with much to do may take longer for it than a lease lasts.
Result<void> FaultTurn::restart_server(std::function<void()> const& while_stopped) {
    Entry entry{.op = Op::fault, .phase = Phase::begin, .status = "restart"};
    entry.fence = "restart-" + std::to_string(planned_.number);
    entry.detail = encode({.duplicates = true}, parts_.lease);
    parts_.history.write(entry);
    parts_.server->stop();
    while_stopped();
    auto started = parts_.server->start();
    entry.t = 0;
    entry.phase = Phase::end;
    entry.detail.clear();
    parts_.history.write(std::move(entry));
    return started;
}

Result<void> FaultTurn::read_archive() {
    return chaos::read_archive(parts_.redis, parts_.space, parts_.agents, parts_.history);
}

}  // namespace leat::cli::chaos
