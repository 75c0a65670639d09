#pragma once
// Reads what `leat top` shows: all of it at first, then only the minutes that can have changed.
#include <boost/asio/awaitable.hpp>
#include <map>
#include <string>
#include <vector>

#include "inspect/inspector.hpp"
#include "top_model.hpp"

namespace leat::cli::top {

// On the inspector's thread. Cost of a reading: seven round trips for each agent, of at most kAgentsMax.
class Feed {
  public:
    static constexpr std::int64_t kAgentsMax = 200;

    explicit Feed(inspect::Inspector const& inspector) : inspector_(inspector) {}

    // `detail_of`: the agent whose page is open; empty: none. Errors as Inspector::overview().
    [[nodiscard]] boost::asio::awaitable<Result<Model>> read(std::string detail_of);

  private:
    struct History {
        std::map<std::int64_t, store::Counters> minutes;
        RateMeter meter;
    };
    [[nodiscard]] boost::asio::awaitable<Result<Figures>> figures(inspect::AgentInfo const& agent, std::int64_t now);
    [[nodiscard]] boost::asio::awaitable<Detail> detail(std::string agent) const;

    inspect::Inspector const& inspector_;
    std::map<std::string, History, std::less<>> histories_;
};

}  // namespace leat::cli::top
