// Serves the agents classify, reply and archive until SIGTERM or SIGINT.
//   LEAT_REDIS=redis://localhost:6379 triage
#include <cstdlib>
#include <iostream>
#include <leat/leat.hpp>
#include <stdexcept>

#include "triage/agents.hpp"

namespace {

leat::Result<void> serve(std::string const& redis) {
    leat::ClientOptions client_options;
    client_options.redis = redis;
    leat::Client client(client_options);
    triage::Agents const agents(
        [&client](std::string const& agent, leat::json const& payload, leat::DispatchOptions options) {
            return client.dispatch(agent, payload, std::move(options));
        });

    leat::WorkerOptions options;
    options.redis = redis;
    leat::Worker worker(options);
    worker.handle("classify", std::bind_front(&triage::Agents::classify, &agents));
    worker.handle("reply", std::bind_front(&triage::Agents::reply, &agents), {.concurrency = 4});
    worker.handle("archive", std::bind_front(&triage::Agents::archive, &agents));
    return worker.run();
}

}  // namespace

int main() {
    auto const* const redis = std::getenv("LEAT_REDIS");
    try {
        auto const ended = serve(redis != nullptr ? redis : "redis://localhost:6379");
        if (!ended) std::cerr << ended.error().message() << '\n';
        return ended ? 0 : 1;
    } catch (std::invalid_argument const& error) {
        std::cerr << error.what() << '\n';
        return 2;
    }
}
