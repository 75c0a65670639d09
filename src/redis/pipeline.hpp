#pragma once
// The commands of one connection in order: not sent yet, or sent and waiting for their replies; what becomes of each on
// a loss, and when. No I/O, no clock. Completions are called from inside these functions: they must not call back.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "leat/error.hpp"
#include "redis/command.hpp"
#include "redis/reply.hpp"

namespace leat::redis {

inline constexpr std::size_t kMaxUnsentBytes = 128 * 1024 * 1024;  // commands that wait to be sent
inline constexpr std::size_t kKeptWireBytes = 1024 * 1024;         // capacity kept between writes

using TimePoint = std::chrono::steady_clock::time_point;

// What to do with the replies of a command, or of several that are handed in together.
struct Request {
    // Called once per command with its reply, in order, or once with an error (also after some replies).
    std::move_only_function<void(Result<Reply>)> complete;
    std::chrono::milliseconds reply_timeout{0};
    std::chrono::milliseconds queue_timeout{0};
    bool confirmed_by_push = false;  // SUBSCRIBE and its like: a push message, not a reply, is the answer
};

class Pipeline {
  public:
    using Ticket = std::uint64_t;

    // Queues one request of one or more commands. `now` matters only while disconnected. nullopt, and `request`
    // untouched, where the queue is full.
    [[nodiscard]] std::optional<Ticket> push(std::span<Command const> commands, Request& request, TimePoint now);

    // Takes everything unsent for one write into `wire` (replaced; its capacity is reused): it counts as sent from now
    // on.
    void take_wire(std::string& wire, TimePoint now);
    [[nodiscard]] bool has_unsent() const noexcept { return sent_ < entries_.size(); }
    [[nodiscard]] bool awaits_reply() const noexcept { return sent_ > 0; }
    // Whether the next reply answers a SUBSCRIBE or its like.
    [[nodiscard]] bool awaits_push() const noexcept { return sent_ > 0 && entries_.front().request.confirmed_by_push; }

    // The reply to the oldest command sent. false: none is waiting, the server made it up.
    [[nodiscard]] bool on_reply(Reply reply, TimePoint now);

    // A connection serves: the time in the queue no longer counts.
    void on_connected() noexcept { connected_ = true; }
    // What was sent ends with unknown_outcome; what was not stays, for at most its queue timeout from now on.
    void on_lost(std::string_view why, TimePoint now);

    // Ends unsent commands whose queue time is over with unavailable and `why` there is no connection.
    void expire_unsent(std::string_view why, TimePoint now);
    // The name of the command whose reply is overdue.
    [[nodiscard]] std::optional<std::string> overdue(TimePoint now) const;
    // When expire_unsent() or overdue() has something to say; nullopt: never.
    [[nodiscard]] std::optional<TimePoint> next_deadline() const;

    // When the request queued last ends, if there is no connection until then.
    [[nodiscard]] TimePoint deadline_of_last() const { return entries_.back().queue_deadline; }

    // Ends everything unsent / everything with this error; the operation is each command's name.
    void fail_unsent(ErrorCode code, std::string_view detail);
    void fail_all(ErrorCode code, std::string_view detail);

    // Takes the completion off a request, so that the caller can end it; its replies are dropped as they come. Empty
    // where the request has ended already.
    [[nodiscard]] std::move_only_function<void(Result<Reply>)> abandon(Ticket ticket);

  private:
    struct Entry {
        std::string name;  // of the first command, for errors
        Request request;
        Ticket ticket = 0;
        std::size_t wire_bytes = 0;
        std::size_t missing = 0;  // replies
        TimePoint queue_deadline;
    };

    static void end(Entry& entry, ErrorCode code, std::string_view detail);

    std::deque<Entry> entries_;  // the first sent_ are sent
    std::size_t sent_ = 0;
    std::string unsent_wire_;
    TimePoint front_since_;  // since when the server owes the first reply: it was sent, or the one before was answered
    Ticket next_ticket_ = 1;
    bool connected_ = false;
};

}  // namespace leat::redis
