#pragma once
// The only place that spells a Redis key or a channel.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "leat/task.hpp"

namespace leat::store {

// The consumer group of every ready stream.
inline constexpr std::string_view kGroup = "workers";
// The consumer group of the front door.
inline constexpr std::string_view kFrontGroup = "leat";
// Owner of deliveries that were given back and wait for anybody. Never a worker's name.
inline constexpr std::string_view kReleased = "released";

// Every key of one agent, built once. All share the hash tag {agent}, so each transition is one slot in Cluster (unless
// results or dead letters were given shared names).
struct AgentKeys {
    std::string agent;
    std::array<std::string, kLanes> ready;  // streams, by Lane
    std::string scheduled;                  // zset
    std::string results;                    // stream
    std::string dead;                       // stream
    std::string stats;                      // hash
    std::string control;                    // hash
    std::string auditor;                    // string: whose turn the audit is
    std::string log;                        // stream: what handlers say, see store/task_log.hpp
    std::string control_channel;            // pub/sub: ControlMessage texts
    std::string done_channel;               // pub/sub: "<id> <state>" of finished tasks, a line each

    [[nodiscard]] std::string task(std::string_view id) const;          // the record
    [[nodiscard]] std::string stats_minute(std::int64_t minute) const;  // minutes since the epoch
    [[nodiscard]] bool has_own_dead() const;  // its dead letters are in the stream of its own name
    [[nodiscard]] std::string const& lane(Lane lane) const { return ready[static_cast<std::size_t>(lane)]; }

    std::string task_prefix;  // "leat:{sentiment}:task:"
};

class KeySpace {
  public:
    explicit KeySpace(std::string prefix = "leat") : prefix_(std::move(prefix)) {}

    // Keys of an agent; `results` and `dead` replace the default stream names where not empty.
    [[nodiscard]] AgentKeys agent(std::string_view name, std::string_view results = {},
                                  std::string_view dead = {}) const;
    [[nodiscard]] std::string agents() const;                           // set of agent names
    [[nodiscard]] std::string workers() const;                          // zset: consumer → last beat, server ms
    [[nodiscard]] std::string worker(std::string_view consumer) const;  // hash with TTL
    [[nodiscard]] std::string worker_channel(std::string_view consumer) const;  // pub/sub: messages for one worker
    [[nodiscard]] std::string epoch() const;                                    // hash: id, beats
    [[nodiscard]] std::string front_dead() const;                               // stream
    [[nodiscard]] std::string front_stats() const;                              // hash: adopted, refused
    [[nodiscard]] std::string const& prefix() const noexcept { return prefix_; }

  private:
    std::string prefix_;
};

}  // namespace leat::store
