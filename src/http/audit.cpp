#include "http/audit.hpp"

namespace leat::http {

void AuditTally::add(AuditRecord const& record, TimePoint now, AuditListener const& tell) {
    counts_[{record.action, std::string(record.role), std::string(record.peer), record.status}] += record.count;
    if (!ever_told_ || now - told_ >= kPeriod || counts_.size() >= kCallersMax) flush(now, tell);
}

void AuditTally::flush(TimePoint now, AuditListener const& tell) {
    for (auto const& [caller, count] : counts_) {
        auto const& [action, role, peer, status] = caller;
        AuditRecord record;
        record.action = action;
        record.role = role;
        record.peer = peer;
        record.status = status;
        record.count = count;
        tell(record);
    }
    counts_.clear();
    told_ = now;
    ever_told_ = true;
}

}  // namespace leat::http
