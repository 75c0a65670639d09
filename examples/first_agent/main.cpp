// The README's first agent: greets people. Serves until SIGTERM or SIGINT.
//   LEAT_REDIS=redis://localhost:6379 first_agent
#include <cstdlib>
#include <iostream>
#include <leat/leat.hpp>

namespace {

// [agent]
leat::json greet(leat::Task const& task, leat::Context& context) {
    auto const name = task.payload().at("name").get<std::string>();  // anything thrown is a retry, with backoff
    if (name.empty()) throw leat::Dead{"nobody to greet"};           // no retry would change that
    context.log("greeting " + name);
    return {{"greeting", "Hello, " + name + "!"}};  // recorded once, whatever crashes
}

int serve(std::string const& redis) {
    leat::Worker worker{{.redis = redis}};
    worker.handle("greet", greet, {.concurrency = 8});
    auto const ended = worker.run();  // until SIGTERM, which drains
    if (!ended) std::cerr << ended.error().message() << '\n';
    return ended ? 0 : 1;
}
// [/agent]

}  // namespace

int main() {
    auto const* const redis = std::getenv("LEAT_REDIS");
    return serve(redis != nullptr ? redis : "redis://localhost:6379");
}
