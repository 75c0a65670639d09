// The bounds of options, checked by the library itself: programs of others have no leat.toml.
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>

#include "leat/leat.hpp"

namespace leat {
namespace {

using namespace std::chrono_literals;

template <class Change>
void expect_refused(Change change) {
    WorkerOptions options;
    change(options);
    EXPECT_THROW(Worker{options}, std::invalid_argument);
}

TEST(WorkerOptionsTest, OutOfBoundsIsRefused) {
    EXPECT_NO_THROW(Worker{WorkerOptions{}});
    expect_refused([](WorkerOptions& options) { options.handler_threads = 0; });
    expect_refused([](WorkerOptions& options) { options.handler_threads = -1; });
    expect_refused([](WorkerOptions& options) { options.handler_threads = 257; });
    expect_refused([](WorkerOptions& options) { options.grace = -1ms; });
    expect_refused([](WorkerOptions& options) { options.grace = 25h; });
    expect_refused([](WorkerOptions& options) { options.name = "a b"; });
    expect_refused([](WorkerOptions& options) { options.prefix = "a b"; });
    expect_refused([](WorkerOptions& options) { options.redis = "redis://h:99999"; });
    expect_refused([](WorkerOptions& options) { options.connect_timeout = 0ms; });
    expect_refused([](WorkerOptions& options) { options.command_timeout = 2h; });
    expect_refused([](WorkerOptions& options) { options.tls_cert_file = "client.pem"; });
    expect_refused([](WorkerOptions& options) { options.front_door = {.enabled = true, .stream = ""}; });
    expect_refused([](WorkerOptions& options) {
        options.front_door = {.enabled = true, .stream = "tasks", .dead_stream = "tasks"};
    });
    expect_refused([](WorkerOptions& options) { options.front_door = {.enabled = true, .stream = "a b"}; });
}

template <class Change>
void expect_agent_refused(Change change) {
    Worker worker{WorkerOptions{}};
    AgentOptions options;
    change(options);
    EXPECT_THROW(worker.handle(
                     "sentiment", [](Task const&, Context&) { return json(); }, options),
                 std::invalid_argument);
}

TEST(AgentOptionsTest, OutOfBoundsIsRefused) {
    expect_agent_refused([](AgentOptions& options) { options.concurrency = 0; });
    expect_agent_refused([](AgentOptions& options) { options.concurrency = 100'001; });
    expect_agent_refused([](AgentOptions& options) { options.lease = 999ms; });
    expect_agent_refused([](AgentOptions& options) { options.lease = 25h; });
    expect_agent_refused([](AgentOptions& options) { options.timeout = 0ms; });
    expect_agent_refused([](AgentOptions& options) { options.timeout = Limits::delay_max + 1ms; });
    expect_agent_refused([](AgentOptions& options) { options.max_retries = -1; });
    expect_agent_refused([](AgentOptions& options) { options.max_retries = Limits::max_retries_max + 1; });
    expect_agent_refused([](AgentOptions& options) { options.max_crashes = -1; });
    expect_agent_refused([](AgentOptions& options) { options.backoff_base = -1ms; });
    expect_agent_refused([](AgentOptions& options) { options.backoff_cap = 0ms; });
    expect_agent_refused([](AgentOptions& options) { options.backoff_cap = Limits::delay_max + 1ms; });
    expect_agent_refused([](AgentOptions& options) { options.backoff_factor = 0.5; });
    expect_agent_refused([](AgentOptions& options) { options.lane_weights = {8, 4, 2, 0}; });
    expect_agent_refused([](AgentOptions& options) { options.lane_order = static_cast<LaneOrder>(9); });
    expect_agent_refused([](AgentOptions& options) { options.result_bytes_max = 0; });
    expect_agent_refused([](AgentOptions& options) { options.result_bytes_max = Limits::payload_bytes_max + 1; });
    expect_agent_refused([](AgentOptions& options) { options.retention = 999ms; });
    expect_agent_refused([](AgentOptions& options) { options.retention = Limits::delay_max + 1ms; });
    expect_agent_refused([](AgentOptions& options) { options.results_kept = -1; });
    expect_agent_refused([](AgentOptions& options) { options.dead_kept = -1; });
    expect_agent_refused([](AgentOptions& options) { options.results_stream = "a b"; });
    expect_agent_refused([](AgentOptions& options) { options.results_stream = options.dead_stream = "shared"; });
}

}  // namespace
}  // namespace leat
