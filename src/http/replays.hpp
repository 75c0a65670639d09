#pragma once
// Replays of many dead letters, which may take hours at a low rate: they run in the background and can be looked up.
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "async/signal.hpp"
#include "async/task_group.hpp"
#include "core/clock.hpp"
#include "core/ids.hpp"
#include "inspect/inspector.hpp"
#include "leat/json.hpp"

namespace leat::http {

// All functions on the inspector's thread.
class Replays {
  public:
    Replays(inspect::Inspector const& inspector, boost::asio::any_io_executor executor, core::Clock const& clock);

    // Starts one; nothing while kReplaysRunning run already.
    [[nodiscard]] std::optional<json> start(inspect::ReplayRequest request);
    // The newest first.
    [[nodiscard]] json list() const;
    [[nodiscard]] std::optional<json> find(std::string_view id) const;
    // Ends one; what it brought back stays. One that has ended is left as it is. Nothing where there is none.
    [[nodiscard]] std::optional<json> stop(std::string_view id);

    // Replays under way end; what they brought back stays.
    void stop();
    [[nodiscard]] boost::asio::awaitable<void> join() { return group_.join(); }

  private:
    struct Replay {
        explicit Replay(boost::asio::any_io_executor executor) : stop(std::move(executor)) {}

        std::string id;
        inspect::ReplayRequest request;
        inspect::ReplayReport report;
        std::int64_t started_at = 0;
        std::int64_t ended_at = 0;  // 0 while it runs
        std::optional<Error> error;
        async::Signal stop;
        bool stopped = false;  // by somebody who asked for it
    };
    [[nodiscard]] Replay* look_up(std::string_view id) const;
    void end_early(Replay& replay) const;
    [[nodiscard]] static json json_of(Replay const& replay);
    [[nodiscard]] boost::asio::awaitable<void> run(std::shared_ptr<Replay> replay);
    [[nodiscard]] boost::asio::awaitable<void> work(std::shared_ptr<Replay> replay);

    inspect::Inspector const& inspector_;
    core::Clock const& clock_;
    core::IdGenerator ids_;
    boost::asio::any_io_executor executor_;
    async::TaskGroup group_;
    async::Signal stop_;
    std::deque<std::shared_ptr<Replay>> replays_;  // the newest first
    bool stopping_ = false;
};

}  // namespace leat::http
