#include "runtime/auditor.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace leat::runtime {
namespace {

using boost::asio::awaitable;

// A task whose message is gone is closed only after this: workers that held it restore it once its handler is back.
std::chrono::milliseconds confirm_after(std::chrono::milliseconds lease) {
    return 2 * lease + kCancelGrace;
}

}  // namespace

Auditor::Auditor(WorkerCore& core, store::AgentKeys const& keys, std::chrono::milliseconds lease)
    : Service(core, "auditor"),
      keys_(keys),
      walk_(core.command, keys, store::AuditMode::repair, confirm_after(lease)),
      next_mend_(core.now()),
      next_turn_(core.now()) {}

void Auditor::hurry() {
    hurried_ = true;
    notify();
}

awaitable<void> Auditor::run() {
    while (!stopping_) {
        auto const looked = co_await look();
        if (!looked) {
            auto error = looked.error();
            co_await pause_after(std::move(error), keys_.agent);
            continue;
        }
        succeeded();
        if (!hurried_ && !stopping_) co_await wake_.wait_for(core_.jittered(kMendEvery));
    }
}

awaitable<Result<void>> Auditor::look() {
    auto mended = co_await mend();
    if (!mended) co_return mended;
    auto glanced = co_await glance();
    if (!glanced) co_return glanced;
    auto const next = co_await next_pass();
    if (!next) co_return std::unexpected(next.error());
    if (*next == Pass::none) co_return Result<void>{};
    hurried_ = false;
    walk_.restart(*next == Pass::suspects);
    reported_ = false;
    auto passed = co_await pass();
    if (!passed) {
        hurried_ = *next == Pass::all;
        co_return passed;
    }
    if (*next == Pass::suspects || !walk_.finished()) co_return passed;
    co_return co_await compare_counters();
}

awaitable<Result<void>> Auditor::mend() {
    if (core_.now() < next_mend_) co_return Result<void>{};
    auto const mended = co_await store::mend(core_.command, keys_);
    if (!mended) co_return std::unexpected(mended.error());
    next_mend_ = core_.now() + kMendEvery / 2;
    if (mended->created + mended->set_back == 0) co_return Result<void>{};
    hurried_ = true;
    core_.emit(
        {.kind = EventKind::groups_mended, .agent = keys_.agent, .count = mended->created, .value = mended->set_back});
    co_return Result<void>{};
}

// Two cheap signs of harm that would otherwise wait for the next pass: an oldest message that nobody will be handed,
// and a number of live tasks that changed by no transition.
awaitable<Result<void>> Auditor::glance() {
    auto const oldest = co_await store::oldest_messages(core_.command, keys_);
    if (!oldest) co_return std::unexpected(oldest.error());
    auto const replies = co_await store::audit(core_.command, keys_, *oldest, store::AuditMode::repair);
    if (!replies) co_return std::unexpected(replies.error());
    std::vector<store::AuditFinding> findings;
    for (std::size_t i = 0; i < replies->size(); ++i) {
        if (store::is_repair((*replies)[i].status)) findings.push_back({(*replies)[i].status, (*oldest)[i].task_id});
    }
    tell(findings);
    auto const tally = co_await store::tally(core_.command, keys_);
    if (!tally) co_return std::unexpected(tally.error());
    auto const drift = tally->drift();
    unexplained_ = drift != 0 && drift != drift_ && drift == glanced_drift_;
    glanced_drift_ = drift;
    co_return Result<void>{};
}

awaitable<Result<Auditor::Pass>> Auditor::next_pass() {
    if (hurried_) co_return Pass::all;
    auto const now = core_.now();
    if (unexplained_) {
        auto const ours =
            co_await store::take_early_audit_turn(core_.command, keys_, core_.consumer, kAuditEvery, kAuditPause);
        if (!ours) co_return std::unexpected(ours.error());
        if (*ours) {
            next_turn_ = now + kAuditEvery / 2;
            co_return Pass::all;
        }
    }
    if (now >= next_turn_) {
        auto const ours = co_await store::take_audit_turn(core_.command, keys_, core_.consumer, kAuditEvery);
        if (!ours) co_return std::unexpected(ours.error());
        next_turn_ = now + kAuditEvery / 2;
        if (*ours) co_return Pass::all;
    }
    auto const confirmation = walk_.next_confirmation();
    co_return confirmation&&* confirmation <= now ? Pass::suspects : Pass::none;
}

awaitable<Result<void>> Auditor::pass() {
    while (!walk_.finished() && !stopping_) {
        auto const findings = co_await walk_.step(core_.now());
        if (!findings) co_return std::unexpected(findings.error());
        tell(*findings);
        auto mended = co_await mend();
        if (!mended) co_return mended;
        if (!walk_.finished() && !stopping_) co_await wake_.wait_for(kAuditPace);
    }
    co_return Result<void>{};
}

// A difference that was there at two passes, with no task whose message is missing, is no task in transit: it is told,
// and booked so that the next one is seen.
awaitable<Result<void>> Auditor::compare_counters() {
    auto const tally = co_await store::tally(core_.command, keys_);
    if (!tally) co_return std::unexpected(tally.error());
    auto const drift = tally->drift();
    bool const steady = drift != 0 && drift == drift_ && !reported_ && !walk_.next_confirmation();
    drift_ = drift;
    if (!steady) co_return Result<void>{};
    auto const booked = co_await store::balance(core_.command, keys_, drift);
    if (!booked) co_return std::unexpected(booked.error());
    if (!*booked) co_return Result<void>{};
    drift_ = 0;
    core_.emit({.kind = EventKind::audit_repaired,
                .agent = keys_.agent,
                .detail = "counters: " + std::to_string(tally->live) + " tasks are live, the counters said " +
                          std::to_string(tally->counted),
                .count = 1,
                .value = drift});
    co_return Result<void>{};
}

// One event per kind and slice, with every id: a lost stream must not make as many events as it held tasks, and none of
// them may be forgotten.
void Auditor::tell(std::vector<store::AuditFinding> const& findings) {
    std::map<store::AuditStatus, std::vector<std::string_view>> by_kind;
    for (auto const& finding : findings)
        by_kind[finding.status].push_back(finding.task_id);
    for (auto const& [status, tasks] : by_kind) {
        reported_ = reported_ || store::is_report(status);
        std::string detail(to_string(status));
        for (std::size_t i = 1; i < tasks.size(); ++i)
            detail.append(i == 1 ? "; also " : ", ").append(tasks[i]);
        core_.emit({.kind = store::is_repair(status) ? EventKind::audit_repaired : EventKind::audit_found,
                    .agent = keys_.agent,
                    .task = tasks.front(),
                    .detail = detail,
                    .count = std::ssize(tasks)});
    }
}

}  // namespace leat::runtime
