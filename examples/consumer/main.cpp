// Dispatches one task, works on it in the same process, and prints its result.
//   consumer [REDIS-URL]
#include <chrono>
#include <iostream>
#include <leat/leat.hpp>
#include <thread>

namespace {

using namespace std::chrono_literals;

leat::json add(leat::Task const& task, leat::Context&) {
    return {{"sum", task.payload().at("a").get<int>() + task.payload().at("b").get<int>()}};
}

int report(leat::Error const& error) {
    std::cerr << error.message() << '\n';
    return 1;
}

}  // namespace

int main(int argument_count, char** arguments) {
    leat::WorkerOptions worker_options;
    leat::ClientOptions client_options;
    if (argument_count > 1) worker_options.redis = client_options.redis = arguments[1];

    leat::Worker worker(worker_options);
    worker.handle("add", add);
    leat::Result<void> served;
    std::jthread const serving([&] { served = worker.run(); });

    leat::Client client(client_options);
    auto const receipt = client.dispatch("add", {{"a", 2}, {"b", 3}});
    auto const outcome = receipt ? client.wait("add", receipt->task_id, 30s)
                                 : leat::Result<leat::TaskResult>(std::unexpected(receipt.error()));
    worker.stop();
    if (!outcome) return report(outcome.error());
    std::cout << outcome->result().dump() << '\n';
    return 0;
}
