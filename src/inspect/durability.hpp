#pragma once
// What a server can lose, as a function of its settings: the rows of the table in docs/durability.md. No I/O.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/persistence.hpp"

namespace leat::inspect {

enum class DurabilityRow : std::uint8_t {
    memory_only,     // neither append-only file nor snapshots
    snapshots,       // RDB only, Redis' default
    aof_no,          // appendonly yes, appendfsync no
    aof_everysec,    // appendonly yes, appendfsync everysec
    aof_always,      // appendonly yes, appendfsync always
    aof_unreadable,  // appendonly yes; this user may not read appendfsync
    no_aof,          // appendonly no; this user may not read whether there are snapshots
};

// What one row loses, in words for people. Static storage.
struct DurabilityLoss {
    DurabilityRow row;
    std::string_view name;      // stable, for JSON: "aof_everysec"
    std::string_view settings;  // "appendonly yes, appendfsync everysec"
    std::string_view kill;      // redis-server is killed
    std::string_view power;     // power cut or kernel crash
};
// Whatever the row, for a failover.
inline constexpr std::string_view kFailoverLoss = "what the promoted replica had not received";

[[nodiscard]] DurabilityRow durability_of(store::PersistenceFacts const& facts) noexcept;
[[nodiscard]] DurabilityLoss const& loss_of(DurabilityRow row) noexcept;
// All rows, weakest first, then those that are not fully known.
[[nodiscard]] std::span<DurabilityLoss const> durability_table() noexcept;

// What else there is to know of this server: sentences for people that say what to do; none where all is well.
[[nodiscard]] std::vector<std::string> durability_advice(store::PersistenceFacts const& facts);

}  // namespace leat::inspect
