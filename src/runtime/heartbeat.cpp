#include "runtime/heartbeat.hpp"

#include <unistd.h>

#include <fstream>
#include <string>

namespace leat::runtime {

using boost::asio::awaitable;

awaitable<void> Heartbeat::run() {
    while (!stopping_) {
        auto const beaten = co_await beat();
        if (!beaten) {
            auto error = beaten.error();
            co_await pause_after(std::move(error), {});
            continue;
        }
        succeeded();
        co_await wake_.wait_for(core_.jittered(kHeartbeatEvery));
    }
}

awaitable<Result<void>> Heartbeat::beat() {
    auto const asked = core_.now();
    auto worker = describe_();
    worker.beats = ++beats_;
    auto const server_ms = co_await store::beat(core_.command, core_.space, worker, kHeartbeatTtl);
    if (!server_ms) co_return std::unexpected(server_ms.error());
    core_.server_clock.observe(*server_ms, asked, core_.now());
    server_ms_ = *server_ms;
    auto const fresh = std::to_string(*server_ms) + "-" + core_.consumer;
    auto const epoch = co_await store::touch_epoch(core_.command, core_.space, fresh);
    if (!epoch) co_return std::unexpected(epoch.error());
    if (auto const how = epoch_.observe(epoch->id, epoch->beats)) reset_(*how);
    co_return Result<void>{};
}

std::int64_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::int64_t size = 0;
    std::int64_t resident = 0;
    if (!(statm >> size >> resident)) return 0;
    return resident * ::sysconf(_SC_PAGESIZE);
}

}  // namespace leat::runtime
