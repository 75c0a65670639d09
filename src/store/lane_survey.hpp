#pragma once
// The state of an agent's keys as a doctor looks at them: types, groups and their progress, consumers. Reads only.
#include <array>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "leat/error.hpp"
#include "leat/task.hpp"
#include "redis/connection.hpp"
#include "store/inspect_reply.hpp"
#include "store/keys.hpp"

namespace leat::store {

inline constexpr std::int64_t kStrandedSample = 100;  // oldest entries of a lane that are looked at

struct LaneSurvey {
    std::string key{};
    std::int64_t length = 0;    // entries
    bool group_exists = false;  // the group of workers
    EntryId last_delivered{};   // of the group
    EntryId last_generated{};   // of the stream
    // Of the oldest entries: those behind the group's position that nobody holds. They are never handed out.
    std::vector<std::string> stranded{};
};

// One name in the lanes' groups.
struct ConsumerSurvey {
    std::string name{};
    std::int64_t pending = 0;  // in all lanes
    std::int64_t idle_ms = 0;  // since it last asked for anything, in any lane
    bool beats = false;        // a worker of this name is alive
};

// A key whose type is not the one that Leat gives it.
struct WrongType {
    std::string key{};
    std::string type{};  // as the server calls it
    std::string wanted{};
};

struct AgentSurvey {
    std::array<LaneSurvey, kLanes> lanes{};
    std::vector<WrongType> wrong_types{};     // these lanes are left empty here
    std::vector<ConsumerSurvey> consumers{};  // by name; without those that gave back what they held
};

// Cost: four round trips at most, O(consumers) at the server. Errors: those of redis::Connection::exec, and `corrupt`
// where a reply has not the promised shape.
[[nodiscard]] boost::asio::awaitable<Result<AgentSurvey>> survey_agent(redis::Connection& connection,
                                                                       KeySpace const& space, AgentKeys const& keys);

}  // namespace leat::store
