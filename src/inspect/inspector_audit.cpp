#include <utility>

#include "inspect/inspector.hpp"
#include "store/audit_walk.hpp"

namespace leat::inspect {

using boost::asio::awaitable;

awaitable<Result<AuditReport>> Inspector::audit(std::string agent, store::AuditMode mode) const {
    auto const keys = co_await keys_of(agent);
    if (!keys) co_return std::unexpected(keys.error());
    AuditReport report;
    report.agent = std::move(agent);
    auto const before = co_await store::tally(*connection_, *keys);
    if (!before) co_return std::unexpected(before.error());
    // One pass never closes a task whose message is gone: that takes two looks, some time apart.
    store::AuditWalk walk(*connection_, *keys, mode, std::chrono::hours(1));
    walk.restart();
    while (!walk.finished()) {
        auto const found = co_await walk.step({});
        if (!found) co_return std::unexpected(found.error());
        for (auto const& finding : *found) {
            auto& kinds = store::is_repair(finding.status) ? report.repaired : report.reported;
            ++kinds[std::string(to_string(finding.status))];
            if (report.findings.size() < AuditReport::kFindingsMax) report.findings.push_back(finding);
        }
    }
    report.checked = walk.checked();
    auto const after = co_await store::tally(*connection_, *keys);
    if (!after) co_return std::unexpected(after.error());
    report.tally = *after;
    report.steady = before->drift() == after->drift();
    // What was just repaired, and tasks whose message is gone, change the difference themselves.
    bool const settled = report.repaired.empty() && report.reported.empty() && report.steady;
    if (mode == store::AuditMode::look || !settled || after->drift() == 0) co_return report;
    auto const booked = co_await store::balance(*connection_, *keys, after->drift());
    if (!booked) co_return std::unexpected(booked.error());
    report.steady = *booked;
    if (*booked) report.booked = after->drift();
    if (*booked) report.tally.counted = after->live;
    co_return report;
}

}  // namespace leat::inspect
