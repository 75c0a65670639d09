// Dispatches a task to the first agent and prints its result.
//   LEAT_REDIS=redis://localhost:6379 first_dispatch NAME [TASK-ID]
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <leat/leat.hpp>

namespace {

using namespace std::chrono_literals;

// [dispatch]
leat::Result<leat::TaskResult> greeting(leat::Client& client, std::string const& name, std::string const& id) {
    // The same id twice creates one task, so sending again is always safe.
    auto const receipt = client.dispatch("greet", {{"name", name}}, {.id = id});
    if (!receipt) return std::unexpected(receipt.error());
    return client.wait("greet", receipt->task_id, 30s);
}
// [/dispatch]

}  // namespace

int main(int argument_count, char** arguments) {
    if (argument_count < 2) {
        std::cerr << "usage: first_dispatch NAME [TASK-ID]\n";
        return 2;
    }
    auto const* const redis = std::getenv("LEAT_REDIS");
    leat::Client client{{.redis = redis != nullptr ? redis : "redis://localhost:6379"}};
    auto const outcome = greeting(client, arguments[1], argument_count > 2 ? arguments[2] : "");
    if (!outcome) {
        std::cerr << outcome.error().message() << '\n';
        return 1;
    }
    std::cout << to_string(outcome->state) << ' ' << outcome->result_text << outcome->error << '\n';
    return 0;
}
