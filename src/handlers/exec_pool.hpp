#pragma once
// Shares a few subprocesses among many attempts. All state belongs to one thread of its own: subprocesses are tied to
// the life of the thread that started them, and no lock is needed.
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "async/io_thread.hpp"
#include "async/task_group.hpp"
#include "handlers/agent_process.hpp"
#include "handlers/start_backoff.hpp"
#include "leat/exec.hpp"

namespace leat::handlers {

// One attempt. Made by the caller, then touched by the pool's thread only.
struct ExecRun {
    ExecRun(Task task_in, Context& context_in, boost::asio::any_io_executor pool_executor)
        : task(std::move(task_in)), context(&context_in), interrupt(std::move(pool_executor)) {}
    Task task;
    Context* context;                               // valid until `finish` is called
    std::move_only_function<void(Verdict)> finish;  // called once, on the pool's thread
    Interrupt interrupt;
    bool has_slot = false;
};

class ExecPool {
  public:
    // `options` are checked already.
    explicit ExecPool(ExecOptions options);
    // Every run has finished. Ends all subprocesses.
    ~ExecPool();

    // The thread's executor.
    [[nodiscard]] boost::asio::any_io_executor executor() { return thread_.context().get_executor(); }
    // Starts an attempt. From any thread.
    void submit(std::shared_ptr<ExecRun> run);
    // Ends an attempt soon; without effect on one that has finished. From any thread.
    void interrupt(std::shared_ptr<ExecRun> run);

  private:
    using Process = std::shared_ptr<AgentProcess>;

    boost::asio::awaitable<void> conduct(std::shared_ptr<ExecRun> run);
    boost::asio::awaitable<Verdict> attempt(ExecRun& run);
    boost::asio::awaitable<Verdict> serve(ExecRun& run, Process process, std::string request);
    boost::asio::awaitable<void> acquire_slot(ExecRun& run);
    void release_slot();
    [[nodiscard]] Process take_idle();
    boost::asio::awaitable<Result<Process>> start_process(ExecRun& run);
    boost::asio::awaitable<void> pause_before_start(ExecRun& run);
    void note_start_failure(std::string_view why);
    void retire(Process const& process, AgentProcess::Farewell farewell);
    boost::asio::awaitable<void> shut_down();

    // Fixed after construction.
    std::size_t const processes_max_;  // 0: no limit
    std::size_t const line_bytes_max_;
    Milliseconds const start_timeout_;
    Milliseconds const kill_grace_;
    LaunchPlan const plan_;

    // Of the thread. It is declared first among these, so it outlives what runs on it.
    async::IoThread thread_;
    async::TaskGroup group_;
    std::size_t slots_taken_ = 0;
    std::deque<ExecRun*> waiting_;  // for a slot, in order
    std::vector<Process> idle_;
    StartBackoff backoff_;
    std::string last_start_error_;
};

}  // namespace leat::handlers
