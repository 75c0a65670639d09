#pragma once
// Tells a webhook of alerts: each once when it fires, again while it goes on, and once when it is over, by whichever
// server of an installation has the turn (store/alert_turns.hpp). What could not be delivered is tried again.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/task_group.hpp"
#include "core/clock.hpp"
#include "inspect/alerts.hpp"
#include "outbound/poster.hpp"
#include "store/alert_turns.hpp"

namespace leat::http {

struct WebhookOptions {
    std::string url{};     // empty: there is none
    std::string secret{};  // empty: posts are not signed
    std::chrono::milliseconds repeat{std::chrono::hours{4}};
    // How soon to look again whose turn it is, and to send again what was not delivered.
    std::chrono::milliseconds again{std::chrono::seconds{60}};
    std::chrono::milliseconds timeout{std::chrono::seconds{10}};  // of one attempt
    outbound::Backoff backoff{};
};

// Something about an alert that belongs into the log.
struct AlertRecord {
    std::string_view event{};  // "firing", "resolved", "posted", "post_failed"
    inspect::Alert const& alert;
    std::string_view detail{};  // why a post failed; untrusted
};
using AlertListener = std::function<void(AlertRecord const&)>;

// All functions on the connection's thread. The poster is stopped by its owner between stop() and join().
class AlertTeller {
  public:
    AlertTeller(redis::Connection& connection, std::string prefix, boost::asio::any_io_executor executor,
                core::Clock const& clock, outbound::Poster& poster, WebhookOptions options, AlertListener listener);

    // Tells what is due. `firing`: all alerts that fire now; `ended`: those that were resolved since the last call.
    void tend(std::vector<inspect::Alert> const& firing, std::vector<inspect::Alert> const& ended);

    // Posts under way still go out, as far as the poster is patient.
    void stop() { stopping_ = true; }
    [[nodiscard]] boost::asio::awaitable<void> join() { return group_.join(); }

    static constexpr std::size_t kEndsMax = 1'000;  // beyond it the oldest end is not told
    static constexpr int kEndTriesMax = 100;
    static constexpr std::chrono::milliseconds kTurn{120'000};   // one delivery with all its attempts
    static constexpr std::chrono::milliseconds kGuard{120'000};  // longer than servers look behind each other

  private:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Key = std::pair<inspect::AlertKind, std::string>;
    struct Telling {
        bool busy = false;
        TimePoint next_try{};
        // Told without a turn, because Redis gave none: then nobody else knows.
        std::optional<TimePoint> told_alone_at{};
    };
    struct End {
        inspect::Alert alert;
        bool alone = false;
        int tries = 0;
        TimePoint next_try{};
    };
    struct Waiting;

    [[nodiscard]] boost::asio::awaitable<void> tell(inspect::Alert alert);
    [[nodiscard]] boost::asio::awaitable<void> tell_end(End end);
    // Whether it was delivered; writes it into the log.
    [[nodiscard]] boost::asio::awaitable<bool> post(inspect::Alert const& alert);
    [[nodiscard]] bool told_lately(Key const& key) const;
    void note_told(Key const& key, bool alone);
    void try_later(End end);
    [[nodiscard]] static store::ToldAlert told_of(inspect::Alert const& alert);

    store::AlertTurns turns_;
    std::string prefix_;
    boost::asio::any_io_executor executor_;
    core::Clock const& clock_;
    outbound::Poster& poster_;
    WebhookOptions const options_;
    AlertListener const listener_;
    std::map<Key, Telling> tellings_;  // of alerts that fire
    std::deque<End> ends_;
    async::TaskGroup group_;
    bool stopping_ = false;
};

}  // namespace leat::http
