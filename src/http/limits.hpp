#pragma once
// Everything that bounds what a client can make the server do.
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace leat::http {

// Of one listener. Tests make them smaller.
struct ListenerLimits {
    std::size_t connections = 1'024;                // further ones are answered 503 and closed
    std::uint32_t header_bytes = 16 * 1'024;        // request line and all fields
    std::size_t bodies_bytes = 64U << 20;           // request bodies of all connections together
    std::chrono::milliseconds header_time{10'000};  // from the first byte wanted to the end of the header
    std::chrono::milliseconds body_time{30'000};    // for the whole body
    std::chrono::milliseconds write_time{30'000};   // for one answer, or one part of an event stream
    std::chrono::milliseconds idle_time{75'000};    // between two requests of one connection
};

inline constexpr std::size_t kBodyBytesMax = 64U * 1'024;            // bodies that carry no payload
inline constexpr std::size_t kBodyOverhead = 64U * 1'024;            // of a dispatch, around its payload
inline constexpr std::size_t kBatchBytesMax = 32U << 20;             // body of a batch
inline constexpr std::size_t kBatchTasksMax = 1'000;                 // tasks of a batch
inline constexpr std::size_t kLettersMax = 1'000;                    // dead letters named in one replay
inline constexpr std::size_t kQueryParametersMax = 16;               // parameters behind the question mark
inline constexpr std::int64_t kPageDefault = 50;                     // rows of a page where the caller names no limit
inline constexpr std::int64_t kGroupScanMax = 5'000;                 // dead letters looked at to group them
inline constexpr std::size_t kGroupsMax = 100;                       // groups answered
inline constexpr std::int64_t kStatsReadsMax = 3'000;                // minute hashes read for one answer
inline constexpr std::chrono::milliseconds kGroupsAge{2'000};        // how old shared groups may be
inline constexpr std::int64_t kListScanMax = 3'000;                  // entries looked at for one list of tasks
inline constexpr std::size_t kGroupedAgentsMax = 100;                // agents whose groups are kept
inline constexpr std::chrono::milliseconds kExaminationAge{30'000};  // how old a shared examination may be
inline constexpr std::size_t kReplaysRunning = 8;                    // background replays at once
inline constexpr std::size_t kReplaysKept = 100;                     // replays that can be looked up
inline constexpr std::size_t kStreamsMax = 256;                      // event streams at once
inline constexpr std::chrono::milliseconds kWaitMax{60'000};         // one long poll
inline constexpr std::chrono::milliseconds kStreamBeat{15'000};      // a comment keeps silent streams open

}  // namespace leat::http
