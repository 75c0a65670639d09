#pragma once
// Who tells the world of an alert, where several servers watch the same installation: whoever takes the turn in Redis.
// A turn is taken for a short while, kept once the news was delivered, and given back where it could not be, so that
// neither a crash nor a receiver that is away loses it. What was told is listed until its end was told, too.
//
// No transitions of tasks: a lost turn means one message more or later. Errors of every function: those of
// redis::Connection::exec, and `denied` for users without the rights of these keys.
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "leat/error.hpp"
#include "redis/connection.hpp"
#include "store/keys.hpp"

namespace leat::store {

// An alert that somebody was told of.
struct ToldAlert {
    std::string kind{};
    std::string agent{};        // empty: the whole installation
    std::int64_t fired_at = 0;  // ms since the epoch
};

inline constexpr std::int64_t kToldAlertsMax = 10'000;

// Stateless apart from the connection; on the connection's thread. Arguments by reference live until the call has
// answered.
class AlertTurns {
  public:
    AlertTurns(redis::Connection& connection, KeySpace space) : connection_(connection), space_(std::move(space)) {}

    // Whether the caller is the one who tells that the alert fires. The turn lasts for `lease`.
    [[nodiscard]] boost::asio::awaitable<Result<bool>> take(ToldAlert const& alert,
                                                            std::chrono::milliseconds lease) const;
    // It was told: nobody else tells it for `repeat`.
    [[nodiscard]] boost::asio::awaitable<Result<void>> told(ToldAlert const& alert,
                                                            std::chrono::milliseconds repeat) const;
    // It could not be told: somebody may try again.
    [[nodiscard]] boost::asio::awaitable<Result<void>> give_back(ToldAlert const& alert) const;

    // Whether the caller is the one who tells that it is over; nobody is where nobody told that it fires.
    [[nodiscard]] boost::asio::awaitable<Result<bool>> take_end(ToldAlert const& alert,
                                                                std::chrono::milliseconds lease) const;
    // That was told: it is listed no more, and for `guard` nobody tells that it fires, who may be a look behind.
    [[nodiscard]] boost::asio::awaitable<Result<void>> end_told(ToldAlert const& alert,
                                                                std::chrono::milliseconds guard) const;
    [[nodiscard]] boost::asio::awaitable<Result<void>> give_end_back(ToldAlert const& alert) const;

    // Alerts that were told, and not their ends; at most kToldAlertsMax. Entries that are none are left out.
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<ToldAlert>>> list() const;

  private:
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<redis::Reply>>> run(
        std::vector<redis::Command> commands) const;

    redis::Connection& connection_;
    KeySpace space_;
};

}  // namespace leat::store
