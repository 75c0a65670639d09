// A worker process for tests to kill: `crash_worker URL CONCURRENCY LEASE_MS`. Serves two agents: `nap` sleeps for
// `ms`, `abort` ends the whole process without a word.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdlib>
#include <string>

#include "leat/leat.hpp"

namespace {

boost::asio::awaitable<leat::json> nap(leat::Task task, leat::Context&) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    timer.expires_after(std::chrono::milliseconds(task.payload().at("ms").get<int>()));
    co_await timer.async_wait(boost::asio::use_awaitable);
    co_return task.payload();
}

leat::json end_process(leat::Task const&, leat::Context&) {
    std::_Exit(9);
}

}  // namespace

int main(int argument_count, char** arguments) {
    if (argument_count != 4) return 2;
    leat::WorkerOptions options;
    options.redis = arguments[1];
    leat::AgentOptions agent;
    agent.concurrency = std::stoi(arguments[2]);
    agent.lease = leat::Milliseconds(std::stoi(arguments[3]));
    leat::Worker worker(options);
    worker.handle("nap", nap, agent);
    worker.handle("abort", end_process, agent);
    return worker.run() ? 0 : 1;
}
