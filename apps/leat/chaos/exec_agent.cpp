// The subprocess of the agent "exec": does what the errand says, crashes included.
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

#include "chaos/history.hpp"
#include "chaos/load.hpp"
#include "chaos/setup.hpp"

namespace leat::cli::chaos {
namespace {

[[noreturn]] void crash(std::string const& how) {
    if (how == "segv") ::raise(SIGSEGV);
    if (how == "abort") std::abort();
    while (how == "loop")  // only its timeout ends it
        std::this_thread::sleep_for(std::chrono::seconds{1});
    std::_Exit(3);
}

json answer_to(json const& request) {
    auto const errand = errand_of(request.at("payload"));
    std::this_thread::sleep_for(std::chrono::milliseconds(errand.run_ms));
    json answer{{"task_id", request.at("task_id")}};
    if (request.at("attempt").get<std::int64_t>() <= errand.failures) {
        answer["status"] = "retry";
        answer["error"] = "asked to fail";
        if (errand.retry_after > 0) answer["delay_ms"] = errand.retry_after;
    } else if (errand.end == "dead") {
        answer["status"] = "dead";
        answer["reason"] = "asked to end";
    } else if (errand.end == "ok") {
        answer["status"] = "success";
        // The payload's members are sorted in both, so that this is the text that was dispatched.
        answer["result"] = task_digest(request.at("task_id").get<std::string>(), request.at("payload").dump());
    } else {
        crash(errand.end);
    }
    return answer;
}

}  // namespace

void run_exec_agent() {
    for (std::string line; std::getline(std::cin, line);)
        std::cout << answer_to(json::parse(line)).dump() << std::endl;
}

}  // namespace leat::cli::chaos
