#include "runtime/control_listener.hpp"

namespace leat::runtime {
namespace {

redis::ConnectOptions control_options(WorkerCore const& core) {
    auto options = core.connect;
    options.client_name = "leat-control";
    return options;
}

}  // namespace

ControlListener::ControlListener(WorkerCore& core, std::span<std::unique_ptr<AgentService> const> agents)
    : Service(core, "control_listener"),
      agents_(agents),
      chores_(core.engine),
      subscriber_(core.engine, control_options(core),
                  {.on_message = [this](auto channel, auto text) { on_message(channel, text); },
                   .on_subscribed = [this](auto channel) { on_subscribed(channel); },
                   .on_disconnected = {}},
                  core.random.next()) {}

boost::asio::awaitable<void> ControlListener::run() {
    for (auto const& agent : agents_)
        subscriber_.subscribe(agent->keys().control_channel);
    co_await subscriber_.run();
    co_await chores_.join();
}

void ControlListener::stop() {
    Service::stop();
    subscriber_.close();
}

void ControlListener::on_message(std::string_view channel, std::string_view text) {
    auto* const agent = agent_of(channel);
    auto const message = store::decode_control(text);
    if (agent != nullptr && message) agent->on_control(*message);
}

void ControlListener::on_subscribed(std::string_view channel) {
    auto* const agent = agent_of(channel);
    if (agent != nullptr && !stopping_) chores_.spawn(agent->refresh_control());
}

AgentService* ControlListener::agent_of(std::string_view channel) const {
    for (auto const& agent : agents_) {
        if (agent->keys().control_channel == channel) return agent.get();
    }
    return nullptr;
}

}  // namespace leat::runtime
