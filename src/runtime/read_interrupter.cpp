#include "runtime/read_interrupter.hpp"

#include <chrono>
#include <utility>

namespace leat::runtime {
namespace {

using boost::asio::awaitable;

// How often an interruption is repeated: the server may get it just before the read blocks.
constexpr std::chrono::milliseconds kUnblockEvery{50};

}  // namespace

ReadInterrupter::ReadInterrupter(WorkerCore& core, redis::Connection& connection, async::TaskGroup& group)
    : core_(core), connection_(connection), group_(group), ended_(core.engine) {}

void ReadInterrupter::interrupt(std::function<bool()> wanted) {
    if (!reading_ || asking_) return;
    asking_ = true;
    group_.spawn(ask(std::move(wanted)));
}

awaitable<void> ReadInterrupter::ask(std::function<bool()> wanted) {
    while (reading_ && !wanted()) {
        redis::Command command("CLIENT");
        command.args("UNBLOCK", connection_.server().client_id);
        redis::ExecOptions options;
        options.queue_timeout = kUnblockEvery;
        auto const reply = co_await core_.command.exec(std::move(command), options);
        if (!reply && !core_.command.connected()) {
            connection_.close();  // nobody to ask: Redis is away, the read can only end by itself
            break;
        }
        if (reading_) co_await ended_.wait_for(kUnblockEvery);
    }
    asking_ = false;
}

}  // namespace leat::runtime
