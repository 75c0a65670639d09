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
    auto const tally = co_await store::tally(*connection_, *keys);
    if (!tally) co_return std::unexpected(tally.error());
    report.tally = *tally;
    co_return report;
}

}  // namespace leat::inspect
