#include "http/alert_teller.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <memory>
#include <optional>

#include "async/signal.hpp"
#include "http/alert_message.hpp"

namespace leat::http {

using boost::asio::awaitable;
using inspect::Alert;

// What the poster's thread brings back to this one.
struct AlertTeller::Waiting {
    explicit Waiting(boost::asio::any_io_executor executor) : done(std::move(executor)) {}
    async::Signal done;
    outbound::PostOutcome outcome{};
};

AlertTeller::AlertTeller(redis::Connection& connection, std::string prefix, boost::asio::any_io_executor executor,
                         core::Clock const& clock, outbound::Poster& poster, WebhookOptions options,
                         AlertListener listener)
    : turns_(connection, store::KeySpace(prefix)),
      prefix_(std::move(prefix)),
      executor_(executor),
      clock_(clock),
      poster_(poster),
      options_(std::move(options)),
      listener_(std::move(listener)),
      group_(std::move(executor)) {}

store::ToldAlert AlertTeller::told_of(Alert const& alert) {
    return {.kind = std::string(to_string(alert.kind)), .agent = alert.agent, .fired_at = alert.fired_at};
}

void AlertTeller::tend(std::vector<Alert> const& firing, std::vector<Alert> const& ended) {
    if (stopping_) return;
    auto const now = clock_.now();
    for (auto const& alert : ended) {
        auto const known = tellings_.extract(Key(alert.kind, alert.agent));
        ends_.push_back({.alert = alert, .alone = !known.empty() && known.mapped().told_alone_at, .next_try = now});
        if (ends_.size() > kEndsMax) ends_.pop_front();
    }
    for (auto const& alert : firing) {
        auto& telling = tellings_[Key(alert.kind, alert.agent)];
        if (telling.busy || now < telling.next_try) continue;
        telling.busy = true;
        group_.spawn(tell(alert));
    }
    for (auto waiting = ends_.size(); waiting > 0; --waiting) {
        auto end = std::move(ends_.front());
        ends_.pop_front();
        if (now < end.next_try) {
            ends_.push_back(std::move(end));
        } else {
            group_.spawn(tell_end(std::move(end)));
        }
    }
}

awaitable<void> AlertTeller::tell(Alert alert) {
    auto const name = told_of(alert);
    auto const key = Key(alert.kind, alert.agent);
    auto const turn = co_await turns_.take(name, kTurn);
    bool const alone = !turn;  // an alert about Redis may be why: better told twice than not at all
    bool told = told_lately(key);
    if (!told && (alone || *turn)) {
        told = co_await post(alert);
        note_told(key, told && alone);
    }
    if (!alone && *turn) {
        if (told) {
            (void)co_await turns_.told(name, options_.repeat);
            note_told(key, false);  // now it is for everybody to see
        } else if (!stopping_) {
            (void)co_await turns_.give_back(name);
        }
    }
    auto const telling = tellings_.find(key);
    if (telling == tellings_.end()) co_return;  // over already
    telling->second.busy = false;
    telling->second.next_try = clock_.now() + std::min(options_.again, options_.repeat);
}

bool AlertTeller::told_lately(Key const& key) const {
    auto const telling = tellings_.find(key);
    if (telling == tellings_.end()) return false;
    auto const& at = telling->second.told_alone_at;
    return at && clock_.now() - *at < options_.repeat;
}

void AlertTeller::note_told(Key const& key, bool alone) {
    auto const telling = tellings_.find(key);
    if (telling == tellings_.end()) return;
    telling->second.told_alone_at = alone ? std::optional(clock_.now()) : std::nullopt;
}

awaitable<void> AlertTeller::tell_end(End end) {
    auto const name = told_of(end.alert);
    if (end.alone) {
        if (!co_await post(end.alert)) try_later(std::move(end));
        co_return;
    }
    auto const turn = co_await turns_.take_end(name, kTurn);
    if (!turn || !*turn) {
        // Told by somebody else, or never begun; or whoever was at it is gone.
        try_later(std::move(end));
        co_return;
    }
    if (co_await post(end.alert)) {
        (void)co_await turns_.end_told(name, std::min(kGuard, options_.repeat));
        co_return;
    }
    if (!stopping_) (void)co_await turns_.give_end_back(name);
    try_later(std::move(end));
}

void AlertTeller::try_later(End end) {
    if (++end.tries >= kEndTriesMax || ends_.size() >= kEndsMax) return;
    end.next_try = clock_.now() + options_.again;
    ends_.push_back(std::move(end));
}

awaitable<bool> AlertTeller::post(Alert const& alert) {
    if (stopping_) co_return false;
    outbound::Post message{.url = options_.url,
                           .headers = {"Content-Type: application/json"},
                           .body = webhook_body(alert, prefix_, clock_.wall_ms()),
                           .timeout = options_.timeout};
    if (!options_.secret.empty())
        message.headers.push_back("X-Leat-Signature: " + webhook_signature(options_.secret, message.body));
    auto const waiting = std::make_shared<Waiting>(executor_);
    message.on_done = [waiting, executor = executor_](outbound::PostOutcome const& outcome) {
        boost::asio::post(executor, [waiting, outcome] {
            waiting->outcome = outcome;
            waiting->done.notify();
        });
    };
    if (poster_.post(std::move(message))) {
        co_await waiting->done.wait();
    } else {
        waiting->outcome.error = "too many posts wait already";
    }
    auto const& outcome = waiting->outcome;
    if (listener_)
        listener_({.event = outcome.sent ? "posted" : "post_failed", .alert = alert, .detail = outcome.error});
    co_return outcome.sent;
}

}  // namespace leat::http
