#pragma once
// An io_context with threads of its own that lives exactly as long as this object.
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <thread>
#include <vector>

namespace leat::async {

class IoThread {
  public:
    // `name` is shown by top and gdb (15 characters); `threads` ≥ 1 run the context.
    explicit IoThread(std::string name, int threads = 1);
    // Stops: runs what is ready, joins the threads. Owners end their coroutines before.
    ~IoThread();
    [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }

  private:
    boost::asio::io_context context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::vector<std::thread> threads_;
};

}  // namespace leat::async
