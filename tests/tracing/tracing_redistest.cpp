// A trace from a REST request through a C++ handler and the task it dispatches to an agent process, at a collector.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <memory>
#include <stdexcept>
#include <thread>

#include "http/http_fixture.hpp"
#include "leat/leat.hpp"
#include "support/http_receiver.hpp"
#include "support/redis_server.hpp"
#include "tracing/span_exporter.hpp"

namespace leat {
namespace {

using namespace std::chrono_literals;
using http::testing::TestClient;
using leat::testing::HttpReceiver;
using leat::testing::RedisServer;

constexpr auto kTraceId = "0af7651916cd43dd8448eb211c80319c";
constexpr auto kGiven = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

// Answers with the trace context it was given.
constexpr auto kEcho = R"(
import json, sys
for line in sys.stdin:
    task = json.loads(line)
    answer = {"task_id": task["task_id"], "status": "success", "result": task["traceparent"]}
    print(json.dumps(answer), flush=True)
)";

class TracingTest : public ::testing::Test {
  protected:
    TracingTest() { ::setenv("no_proxy", "127.0.0.1", 1); }
    ~TracingTest() override { stop_worker(); }

    void export_to(std::string url) {
        tracing::Settings settings;
        settings.url = std::move(url);
        settings.resource = {{"service.name", "test"}};
        tracing::ExporterOptions options;
        options.attempts = 1;
        exporter = std::make_unique<tracing::SpanExporter>(
            std::move(settings), options, core::Random(1), core::machine_clock(),
            [this](std::uint64_t dropped, std::string const&) { reported += dropped; });
    }
    SpanListener listener() {
        return [this](Span const& span) { exporter->add(span); };
    }
    Client& client() {
        if (!client_) {
            ClientOptions options;
            options.redis = server.url();
            options.on_span = listener();
            client_ = std::make_unique<Client>(std::move(options));
        }
        return *client_;
    }
    void start_worker() {
        (void)client();  // before handlers use it
        WorkerOptions options;
        options.redis = server.url();
        options.handle_signals = false;
        options.on_span = listener();
        worker_ = std::make_unique<Worker>(std::move(options));
        worker_->handle("parent", [this](Task const& task, Context& context) -> json {
            DispatchOptions child;
            child.id = task.id() + ":child";
            child.traceparent = context.traceparent();
            auto const receipt = client().dispatch("child", 1, std::move(child));
            if (!receipt) throw std::runtime_error(receipt.error().message());
            return context.traceparent();
        });
        ExecOptions exec;
        exec.command = {"python3", "-c", kEcho};
        exec.processes = 1;
        worker_->add("child", exec_handler(std::move(exec)), {});
        thread_ = std::thread([this] { EXPECT_TRUE(worker_->run()); });
    }
    void stop_worker() {
        if (!worker_) return;
        worker_->stop();
        thread_.join();
        worker_.reset();
    }
    json result(std::string const& agent, std::string const& id) {
        auto const outcome = client().wait(agent, id, 60s);
        EXPECT_TRUE(outcome) << outcome.error().message();
        return outcome ? outcome->result() : json();
    }

    RedisServer server;
    std::unique_ptr<tracing::SpanExporter> exporter;
    std::atomic<std::uint64_t> reported{0};

  private:
    std::unique_ptr<Client> client_;
    std::unique_ptr<Worker> worker_;
    std::thread thread_;
};

// The spans of all requests by name.
std::map<std::string, json> spans_of(HttpReceiver const& collector) {
    std::map<std::string, json> spans;
    for (auto const& request : collector.received()) {
        auto const body = json::parse(request.body);
        for (auto const& span : body["resourceSpans"][0]["scopeSpans"][0]["spans"])
            EXPECT_TRUE(spans.emplace(span["name"], span).second) << span["name"] << " came twice";
    }
    return spans;
}

std::string traceparent_of(json const& span) {
    return "00-" + span["traceId"].get<std::string>() + "-" + span["spanId"].get<std::string>() + "-01";
}

TEST_F(TracingTest, ARequestIsFollowedThroughAHandlerAndItsChild) {
    HttpReceiver collector;
    export_to(collector.url("/v1/traces"));
    http::ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.api.client.redis = server.url();
    options.api.client.on_span = listener();
    auto http = http::Server::start(std::move(options));
    ASSERT_TRUE(http) << http.error().message();

    auto const reply = TestClient((*http)->port())
                           .request("POST", "/v1/tasks", R"({"agent":"parent","id":"t","payload":1})",
                                    {{"X-Leat-Request", "1"}, {"traceparent", kGiven}});
    ASSERT_EQ(reply.status, 201U) << reply.body;
    auto const stored = server.command({"XRANGE", "leat:{parent}:ready:normal", "-", "+"});
    EXPECT_THAT(stored, ::testing::HasSubstr(std::string("00-") + kTraceId));
    EXPECT_THAT(stored, ::testing::Not(::testing::HasSubstr(kGiven))) << "it carries the span of its dispatch";
    start_worker();
    auto const handed_on = result("parent", "t");
    auto const seen_by_process = result("child", "t:child");
    stop_worker();
    http->reset();
    exporter->stop(60s);

    auto const spans = spans_of(collector);
    ASSERT_EQ(spans.size(), 4U);
    for (auto const& [name, span] : spans)
        EXPECT_EQ(span["traceId"], kTraceId) << name;
    EXPECT_EQ(spans.at("dispatch parent")["parentSpanId"], "b7ad6b7169203331");
    EXPECT_EQ(spans.at("run parent")["parentSpanId"], spans.at("dispatch parent")["spanId"]);
    EXPECT_EQ(spans.at("dispatch child")["parentSpanId"], spans.at("run parent")["spanId"]);
    EXPECT_EQ(spans.at("run child")["parentSpanId"], spans.at("dispatch child")["spanId"]);
    EXPECT_EQ(handed_on, traceparent_of(spans.at("run parent")));
    EXPECT_EQ(seen_by_process, traceparent_of(spans.at("run child")));
    EXPECT_THAT(stored, ::testing::HasSubstr(traceparent_of(spans.at("dispatch parent"))));
    auto const& metrics = exporter->counts();
    EXPECT_EQ(metrics.exported, 4U);
    EXPECT_EQ(metrics.overflowed + metrics.undelivered, 0U);
}

TEST_F(TracingTest, WorkGoesOnWithoutACollector) {
    std::string url;
    { url = HttpReceiver().url(); }  // nobody listens there now
    export_to(url);
    start_worker();
    for (int i = 0; i < 20; ++i)
        ASSERT_TRUE(client().dispatch("parent", 1, {.id = "t" + std::to_string(i)}));
    for (int i = 0; i < 20; ++i) {
        auto const parent = "t" + std::to_string(i);
        EXPECT_TRUE(result("parent", parent).is_string());  // from then on there is a child
        EXPECT_TRUE(result("child", parent + ":child").is_string());
    }
    stop_worker();
    exporter->stop(60s);
    EXPECT_EQ(exporter->counts().undelivered, 80U) << "two dispatches and two attempts each";
    EXPECT_EQ(exporter->counts().exported, 0U);
    EXPECT_EQ(reported, 80U);
}

}  // namespace
}  // namespace leat
