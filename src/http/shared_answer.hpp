#pragma once
// One answer that everybody who asks within a while shares; who asks while it is sought waits for the same one.
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "async/signal.hpp"
#include "core/clock.hpp"
#include "leat/error.hpp"

namespace leat::http {

// All functions on the executor's one thread.
template <class Value>
class SharedAnswer {
  public:
    using Pointer = std::shared_ptr<Value const>;

    SharedAnswer(boost::asio::any_io_executor executor, core::Clock const& clock)
        : clock_(clock), answered_(std::move(executor)) {}

    // An answer at most `age` old. `ask` starts the search for a new one: it returns an awaitable<Result<Value>>.
    // Errors: those of the search; they are not kept.
    template <class Ask>
    [[nodiscard]] boost::asio::awaitable<Result<Pointer>> get(std::chrono::milliseconds age, Ask ask) {
        if (last_ && *last_ && clock_.now() - taken_ <= age) co_return last_;
        if (asking_) {
            auto const answers = answers_;
            ++waiting_;
            while (answers_ == answers)
                co_await answered_.wait();
            --waiting_;
            co_return last_;
        }
        asking_ = true;
        auto answer = co_await ask();
        asking_ = false;
        ++answers_;
        taken_ = clock_.now();
        if (answer) {
            last_ = std::make_shared<Value const>(std::move(*answer));
        } else {
            last_ = std::unexpected(std::move(answer).error());
        }
        answered_.notify();
        co_return last_;
    }

    // Whether somebody waits for an answer.
    [[nodiscard]] bool is_asking() const noexcept { return asking_ || waiting_ > 0; }

  private:
    core::Clock const& clock_;
    async::Signal answered_;
    Result<Pointer> last_;
    std::chrono::steady_clock::time_point taken_{};
    bool asking_ = false;
    std::size_t waiting_ = 0;
    std::uint64_t answers_ = 0;
};

}  // namespace leat::http
