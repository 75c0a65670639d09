#include "run.hpp"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <optional>

namespace demo {
namespace {

using boost::asio::awaitable;

constexpr auto kOutcomeTimeout = std::chrono::minutes(5);
constexpr auto kProgressEvery = std::chrono::milliseconds(200);

class Run {
  public:
    Run(leat::Client& client, std::vector<Message> const& messages, std::string const& name)
        : client_(client), messages_(messages), name_(name), outcomes_(messages.size()) {}

    leat::Result<std::vector<Outcome>> operator()() {
        boost::asio::io_context context;
        for (int i = 0; i < kUnderWay; ++i)
            boost::asio::co_spawn(context, send_some(), boost::asio::detached);
        context.run();  // on this thread: the members need no lock
        tell(true);
        if (error_) return std::unexpected(std::move(*error_));
        return std::move(outcomes_);
    }

  private:
    // Takes one message after the other until none is left or something failed.
    awaitable<void> send_some() {
        while (next_ < messages_.size() && !error_) {
            auto const index = next_++;
            auto const& message = messages_[index];
            leat::json payload{{"text", message.text}};
            leat::DispatchOptions options;
            options.id = name_ + ":" + std::to_string(index);
            auto const receipt = co_await client_.async_dispatch("sentiment", std::move(payload), std::move(options));
            if (!receipt) {
                error_ = receipt.error();
                co_return;
            }
            auto const result = co_await client_.async_wait("sentiment", receipt->task_id, kOutcomeTimeout);
            if (!result) {
                error_ = result.error();
                co_return;
            }
            auto outcome = outcome_of(message, *result);
            if (!outcome) {
                error_ = outcome.error();
                co_return;
            }
            outcomes_[index] = std::move(*outcome);
            outcomes_[index].ended =
                std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start_);
            ++done_;
            tell(false);
        }
    }

    static leat::Result<Outcome> outcome_of(Message const& message, leat::TaskResult const& result) {
        Outcome outcome{.text = message.text,
                        .rating = message.rating,
                        .score = std::nullopt,
                        .error = result.error,
                        .attempts = result.attempt,
                        .took = std::chrono::milliseconds(result.finished_at - result.created_at),
                        .ended = {}};
        if (result.state != leat::TaskState::succeeded) return outcome;
        auto const scored = result.result();
        auto const score = scored.find("sentiment");
        if (score == scored.end() || !score->is_number()) {
            return leat::fail(leat::ErrorCode::corrupt, "demo", "the agent's result has no number `sentiment`");
        }
        outcome.score = score->get<double>();
        return outcome;
    }

    void tell(bool last) {
        if (::isatty(STDERR_FILENO) == 0) return;
        auto const now = std::chrono::steady_clock::now();
        if (!last && now - told_ < kProgressEvery) return;
        told_ = now;
        std::fprintf(stderr, "\r%zu of %zu messages%s", done_, messages_.size(), last ? "\n" : "");
    }

    leat::Client& client_;
    std::vector<Message> const& messages_;
    std::string const& name_;
    std::vector<Outcome> outcomes_;
    std::optional<leat::Error> error_;
    std::size_t next_ = 0;
    std::size_t done_ = 0;
    std::chrono::steady_clock::time_point const start_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point told_{};
};

}  // namespace

leat::Result<std::vector<Outcome>> send_all(leat::Client& client, std::vector<Message> const& messages,
                                            std::string const& run_name) {
    return Run(client, messages, run_name)();
}

}  // namespace demo
