#include "runtime/depth_recorder.hpp"

#include "store/gauge.hpp"

namespace leat::runtime {
namespace {

using boost::asio::awaitable;

constexpr std::int64_t kMsPerMinute = 60'000;
// Jittered down to half of it: every minute gets a look.
constexpr std::chrono::milliseconds kDepthEvery = std::chrono::minutes(1);

}  // namespace

awaitable<void> DepthRecorder::run() {
    while (!stopping_) {
        auto const recorded = co_await record();
        if (!recorded) {
            auto error = recorded.error();
            co_await pause_after(std::move(error), {});
            continue;
        }
        succeeded();
        co_await wake_.wait_for(core_.jittered(kDepthEvery));
    }
}

awaitable<Result<void>> DepthRecorder::record() {
    for (auto const& agent : agents_) {
        auto const minute = core_.server_clock.at(core_.now()) / kMsPerMinute;
        auto const gauge = co_await store::note_gauge(core_.command, agent->keys(), minute);
        if (!gauge) co_return std::unexpected(gauge.error());
        if (stopping_) break;
    }
    co_return Result<void>{};
}

}  // namespace leat::runtime
