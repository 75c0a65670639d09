#pragma once
// Runs the handler of one agent: a blocking one on a pool of threads, a coroutine on the worker's host. Every flight
// comes back through the completion queue.
#include <memory>
#include <vector>

#include "leat/handler.hpp"
#include "runtime/completion_queue.hpp"
#include "runtime/coroutine_host.hpp"
#include "runtime/handler_pool.hpp"
#include "runtime/service.hpp"
#include "runtime/task_log.hpp"

namespace leat::runtime {

class Launcher final : public Service {
  public:
    // `log`, `host` and `completions` outlive this object, whose end waits for blocking handlers that still run.
    Launcher(WorkerCore& core, TaskLog& log, Handler handler, int slots, CoroutineHost& host,
             CompletionQueue& completions);

    void launch(std::vector<std::shared_ptr<Flight>> flights);
    // Takes back what no handler has begun with.
    [[nodiscard]] std::vector<std::shared_ptr<Flight>> withdraw();

    // Lets the pool grow while work waits for it.
    [[nodiscard]] boost::asio::awaitable<void> run() override;

  private:
    void run_blocking(std::shared_ptr<Flight> const& flight) const;

    TaskLog& log_;
    Handler const handler_;
    CoroutineHost& host_;
    CompletionQueue& completions_;
    CoroutineHost::MakeContext const make_context_;
    CoroutineHost::Finish const coroutine_finished_;
    std::unique_ptr<HandlerPool> pool_;  // blocking handlers only
};

}  // namespace leat::runtime
