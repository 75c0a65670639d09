// Sends one message through the agents and prints what each made of it.
//   LEAT_REDIS=redis://localhost:6379 triage_send MESSAGE-ID TEXT
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <leat/leat.hpp>
#include <stdexcept>
#include <string>

namespace {

using namespace std::chrono_literals;

// Waits for one step and prints it; its result.
leat::Result<leat::json> follow(leat::Client& client, std::string const& agent, std::string const& id) {
    auto const outcome = client.wait(agent, id, 30s);
    if (!outcome) return std::unexpected(outcome.error());
    std::cout << agent << ' ' << id << ": " << to_string(outcome->state) << ' ' << outcome->result_text
              << outcome->error << '\n';
    return outcome->result();
}

// From the dispatch to the end of the chain: every result names the next task.
leat::Result<void> send(leat::Client& client, std::string const& id, std::string const& text) {
    auto const receipt = client.dispatch("classify", {{"text", text}}, {.id = id});
    if (!receipt) return std::unexpected(receipt.error());
    std::cout << "classify " << id << ": " << to_string(receipt->status) << '\n';
    std::string agent = "classify";
    std::string task = id;
    for (;;) {
        auto const result = follow(client, agent, task);
        if (!result) return std::unexpected(result.error());
        if (!result->is_object() || !result->contains("next_id")) return {};
        agent = result->value("next", "archive");
        task = result->at("next_id").get<std::string>();
    }
}

}  // namespace

int main(int argument_count, char** arguments) {
    if (argument_count != 3) {
        std::cerr << "usage: triage_send MESSAGE-ID TEXT\n";
        return 2;
    }
    try {
        leat::ClientOptions options;
        if (auto const* const redis = std::getenv("LEAT_REDIS")) options.redis = redis;
        leat::Client client(options);
        auto const sent = send(client, arguments[1], arguments[2]);
        if (!sent) std::cerr << sent.error().message() << '\n';
        return sent ? 0 : 1;
    } catch (std::invalid_argument const& error) {
        std::cerr << error.what() << '\n';
        return 2;
    }
}
