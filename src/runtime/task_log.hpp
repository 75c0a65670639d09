#pragma once
// Writes what handlers of one agent say into its log, in batches. Handlers never wait for it, and nothing that it fails
// at hurts a task. An agent whose handlers say nothing costs no command.
#include <cstddef>
#include <optional>

#include "async/task_group.hpp"
#include "runtime/log_buffer.hpp"
#include "runtime/service.hpp"
#include "store/keys.hpp"

namespace leat::runtime {

class TaskLog final : public Service {
  public:
    TaskLog(WorkerCore& core, store::AgentKeys const& keys);

    // --- from any thread, also when the service has ended (then for nothing) ---
    // False where it only replaced a step of progress that nobody has seen; see LogBuffer::add.
    bool add(store::LogLine line, LogBuffer::Step* step = nullptr);
    void count_dropped();

    // --- engine ---
    // Sends what has gathered: it is there before anything that is sent from now on, such as the verdict of its
    // attempt. Cost where there is nothing: one atomic load.
    void send_now();
    [[nodiscard]] boost::asio::awaitable<void> run() override;

  private:
    void call_engine();
    void send(std::size_t calls_max);
    [[nodiscard]] boost::asio::awaitable<void> write(LogBuffer::Taken taken);
    void tell(Error const& error);

    store::AgentKeys const& keys_;
    LogBuffer buffer_;
    async::TaskGroup calls_;
    std::optional<ErrorCode> failing_;  // why the last write failed; told once
    bool idle_ = false;                 // nothing was said lately: the next line goes out at once
    bool ended_ = false;
};

}  // namespace leat::runtime
