#pragma once
// Checks the invariants over everything that Leat keeps in Redis, at one moment. It knows the data format from
// docs/keys-and-scripts.md and shares no code with the library, so that the two cannot be wrong in the same way.
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/keyspace_snapshot.hpp"

namespace leat::testing {

struct KeyspaceOptions {
    std::string prefix = "leat";
    std::vector<std::string> fronts{};  // streams of front doors
    std::int64_t max_crashes = 3;       // as the agents have it
};

// How many tasks of an agent are in each state.
struct TaskCounts {
    std::int64_t ready = 0;    // waiting, given back deliveries included
    std::int64_t running = 0;  // pending with a worker
    std::int64_t scheduled = 0;
    std::int64_t succeeded = 0, dead = 0, cancelled = 0, expired = 0;  // with a record: kept for the retention
    std::int64_t foreign = 0;  // entries of other programs, not yet taken in: no tasks so far

    [[nodiscard]] std::int64_t live() const { return ready + running + scheduled; }
    bool operator==(TaskCounts const&) const = default;
};

class Keyspace {
  public:
    // One atomic read. Throws std::runtime_error where the server does not answer it.
    [[nodiscard]] static Keyspace read(Ask const& ask, KeyspaceOptions options = {});
    explicit Keyspace(Snapshot snapshot, KeyspaceOptions options = {});

    // What holds at every moment, whatever crashed; a sentence for each breach, empty where there is none:
    // - each live task is in exactly one place, and its record and that place name each other (I1);
    // - no entry is beyond reach: each one is to be handed out or pending, and what is pending exists (I1, I6);
    // - a finished task's record names its result and its dead letter, unless these were trimmed (I3);
    // - each delivery has at most one recorded end, a task at most one outcome, until it is replayed (I2);
    // - attempts are numbered without gaps; retries and crashes are within their limits (I4);
    // - ready + running + scheduled = live = dispatched + replayed - ended, as counted (I7), and every counter is what
    //   the archive shows, until that is trimmed;
    // - every key has an owner or a time to live (I6).
    [[nodiscard]] std::vector<std::string> violations() const;

    // What is not at rest; empty when all that came has ended: no live task, nothing pending, no front door entry.
    [[nodiscard]] std::vector<std::string> unrest() const;

    // The state of each task that has a record: "ready", "running", "scheduled", "succeeded", …
    [[nodiscard]] std::map<std::string, std::string> tasks(std::string const& agent) const;
    [[nodiscard]] TaskCounts counts(std::string const& agent) const;
    [[nodiscard]] std::set<std::string> agents() const;
    [[nodiscard]] Snapshot const& snapshot() const& noexcept { return snapshot_; }
    void snapshot() && = delete;  // it would not outlive the full expression

  private:
    Snapshot snapshot_;
    KeyspaceOptions options_;
};

// The sentences below one another; for messages of tests.
[[nodiscard]] std::string joined(std::vector<std::string> const& sentences);

}  // namespace leat::testing
