// Scores the messages of a file with the agent `sentiment` of a running `leat dev --demo`, and sums up.
//   demo REDIS-URL FILE
#include <chrono>
#include <fstream>
#include <iostream>
#include <leat/client.hpp>

#include "input.hpp"
#include "run.hpp"
#include "summary.hpp"

int main(int argument_count, char** arguments) {
    if (argument_count != 3) {
        std::cerr << "usage: demo REDIS-URL FILE\n";
        return 2;
    }
    std::ifstream file(arguments[2]);
    if (!file) {
        std::cerr << "cannot read " << arguments[2] << '\n';
        return 2;
    }
    auto messages = demo::read_messages(file);
    messages.push_back({"", std::nullopt});  // an error on purpose: retried with backoff, then a dead letter

    leat::ClientOptions options;
    options.redis = arguments[1];
    leat::Client client(options);
    auto const run_name = "demo:" + std::to_string(std::chrono::system_clock::now().time_since_epoch().count());

    auto outcomes = demo::send_all(client, messages, run_name);
    if (!outcomes) {
        std::cerr << outcomes.error().message() << '\n';
        return 1;
    }
    std::cout << demo::to_text(demo::summarise(std::move(*outcomes)));
    return 0;
}
