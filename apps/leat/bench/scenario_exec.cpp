// Tasks through subprocesses.
#include <iostream>

#include "bench/workload.hpp"
#include "leat/exec.hpp"
#include "subprocess.hpp"

namespace leat::cli::bench {

std::vector<Phase> run_exec(ScenarioOptions const& options) {
    ServerProbe probe(options.connection);
    Client client(client_options(options));
    std::vector<Phase> phases;
    for (auto const count : options.subprocesses) {
        tell(options, std::to_string(count) + " subprocesses");
        auto const agent = "exec" + std::to_string(count);
        Ends ends(probe, options, {agent});
        dispatch_all(client, {agent}, options.tasks, options);
        ExecOptions exec;
        exec.command = {own_path(), "bench", "answer"};
        exec.processes = count;
        auto worker = make_worker(options);
        worker->add(agent, exec_handler(std::move(exec)), agent_options(count));
        PhaseTimer timer(probe, std::to_string(count) + (count == 1 ? " subprocess" : " subprocesses"));
        RunningWorker const running(std::move(worker));
        ends.wait(options.tasks);
        phases.push_back(timer.finish(options.tasks));
    }
    return phases;
}

void run_answerer() {
    std::ios::sync_with_stdio(false);
    for (std::string line; std::getline(std::cin, line);) {
        auto const request = json::parse(line);
        json const answer{{"task_id", request.at("task_id")}, {"status", "success"}, {"result", nullptr}};
        std::cout << answer.dump() << std::endl;
    }
}

}  // namespace leat::cli::bench
