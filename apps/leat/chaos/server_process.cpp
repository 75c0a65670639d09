#include "chaos/server_process.hpp"

#include <signal.h>

#include <utility>

namespace leat::cli::chaos {

Result<void> ServerProcess::start() {
    if (alive()) return {};
    server_.reset();
    auto server = PrivateServer::start(options_);
    if (!server) return std::unexpected(server.error());
    server_.emplace(std::move(*server));
    url_ = server_->url();
    return {};
}

void ServerProcess::signal(int number) {
    if (alive()) ::kill(server_->pid(), number);
}

void ServerProcess::kill() {
    if (server_) server_->kill();
    server_.reset();
}

void ServerProcess::stop() {
    signal(SIGCONT);
    server_.reset();
}

bool ServerProcess::alive() {
    return server_ && server_->alive();
}

}  // namespace leat::cli::chaos
