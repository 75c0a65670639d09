#include "leat/exec.hpp"

#include <algorithm>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "handlers/exec_pool.hpp"

namespace leat {
namespace asio = boost::asio;
namespace {

using handlers::ExecPool;
using handlers::ExecRun;

// Brings the verdict from the pool's thread to the caller's. The caller may end its threads as soon as it has the
// verdict, so it gets it only once the pool's thread has left the caller's executor.
template <class Handler>
class Delivery {
  public:
    Delivery(Handler handler, asio::any_io_executor const& home, asio::cancellation_slot slot)
        : handler_(std::move(handler)), work_(asio::make_work_guard(home)), slot_(slot) {}

    static void send(Delivery delivery, Verdict verdict) {
        auto const executor = delivery.work_.get_executor();
        auto const posting = delivery.posting_;
        std::lock_guard const lock(*posting);
        asio::post(executor, [delivery = std::move(delivery), verdict = std::move(verdict)]() mutable {
            delivery.arrive(std::move(verdict));
        });
    }

  private:
    void arrive(Verdict verdict) {
        std::unique_lock(*posting_).unlock();
        if (slot_.is_connected()) slot_.clear();
        std::move(handler_)(std::move(verdict));
    }

    Handler handler_;
    asio::executor_work_guard<asio::any_io_executor> work_;
    asio::cancellation_slot slot_;
    std::shared_ptr<std::mutex> posting_ = std::make_shared<std::mutex>();
};

// Runs an attempt on the pool's thread as an asynchronous operation: it completes on the caller's executor, and the
// caller's cancellation becomes an interrupt. The operation itself always completes with a verdict.
template <class Token>
auto async_run(std::shared_ptr<ExecPool> pool, std::shared_ptr<ExecRun> run, asio::any_io_executor caller,
               Token&& token) {
    auto const initiate = [](auto handler, std::shared_ptr<ExecPool> on, std::shared_ptr<ExecRun> what,
                             asio::any_io_executor const& home) {
        using Handler = decltype(handler);
        auto slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected()) {
            slot.assign([on, what](asio::cancellation_type) { on->interrupt(what); });
        }
        what->finish = [delivery = Delivery<Handler>(std::move(handler), home, slot)](Verdict verdict) mutable {
            Delivery<Handler>::send(std::move(delivery), std::move(verdict));
        };
        on->submit(what);
    };
    return asio::async_initiate<Token, void(Verdict)>(initiate, token, std::move(pool), std::move(run),
                                                      std::move(caller));
}

asio::awaitable<Verdict> run_in_pool(std::shared_ptr<ExecPool> pool, Task task, Context& context) {
    auto caller = co_await asio::this_coro::executor;
    auto run = std::make_shared<ExecRun>(std::move(task), context, pool->executor());
    co_return co_await async_run(pool, std::move(run), std::move(caller), asio::use_awaitable);
}

void require(bool holds, char const* sentence) {
    if (!holds) throw std::invalid_argument(std::string("exec: ") + sentence);
}

bool has_nul(std::string const& text) {
    return text.find('\0') != std::string::npos;
}

void check(ExecOptions const& options) {
    require(!options.command.empty() && !options.command.front().empty(), "the command is empty");
    require(std::ranges::none_of(options.command, has_nul), "an argument of the command contains a NUL byte");
    require(options.processes >= 0, "the number of processes is negative");
    for (auto const& [name, value] : options.environment) {
        require(!name.empty() && name.find('=') == std::string::npos && !has_nul(name) && !has_nul(value),
                "a variable of the environment has an empty name, a '=' in its name, or a NUL byte");
    }
    require(!has_nul(options.working_directory), "the working directory contains a NUL byte");
    require(options.output_bytes_max > 0, "output_bytes_max is 0");
    require(options.start_timeout > Milliseconds(0), "start_timeout is not above 0");
    require(options.kill_grace >= Milliseconds(0), "kill_grace is negative");
}

}  // namespace

Handler exec_handler(ExecOptions options) {
    check(options);
    auto pool = std::make_shared<ExecPool>(std::move(options));
    return CoroutineHandler{
        [pool = std::move(pool)](Task task, Context& context) { return run_in_pool(pool, std::move(task), context); }};
}

}  // namespace leat
