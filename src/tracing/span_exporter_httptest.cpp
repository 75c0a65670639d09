// The exporter against a collector of the test: there, away, slow, picky.
#include "tracing/span_exporter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <latch>

#include "leat/json.hpp"
#include "support/http_receiver.hpp"

namespace leat::tracing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::HttpReceiver;
using testing::ReceivedRequest;
using testing::ReceiverAnswer;

json spans_of(ReceivedRequest const& request) {
    return json::parse(request.body)["resourceSpans"][0]["scopeSpans"][0]["spans"];
}

class SpanExporterTest : public ::testing::Test {
  protected:
    SpanExporterTest() { ::setenv("no_proxy", "127.0.0.1", 1); }

    std::unique_ptr<SpanExporter> exporter(std::string url) {
        Settings settings;
        settings.url = std::move(url);
        settings.headers = {"api-key: k"};
        settings.resource = {{"service.name", "test"}};
        return std::make_unique<SpanExporter>(std::move(settings), options, core::Random(7), core::machine_clock(),
                                              [this](std::uint64_t dropped, std::string const& why) {
                                                  std::lock_guard const lock(mutex_);
                                                  reported_ += dropped;
                                                  ++reports_;
                                                  reason_ = why;
                                              });
    }
    static Span span() {
        Span span;
        span.trace_id = "0af7651916cd43dd8448eb211c80319c";
        span.span_id = "00f067aa0ba902b7";
        span.agent = "sentiment";
        return span;
    }
    static void add(SpanExporter& exporter, int count) {
        for (int i = 0; i < count; ++i)
            exporter.add(span());
    }

    // Nothing is sent for its age, unless a test wants it.
    ExporterOptions options{.interval = 1h, .attempts = 2, .backoff = {.base = 1ms, .cap = 2ms}};
    std::mutex mutex_;
    std::uint64_t reported_ = 0;  // guarded by mutex_, as all below
    int reports_ = 0;
    std::string reason_;
};

TEST_F(SpanExporterTest, ABatchGoesOutWhenItIsFull) {
    HttpReceiver collector;
    options.batch_max = 10;
    auto const exporting = exporter(collector.url("/v1/traces"));
    add(*exporting, 10);
    ASSERT_TRUE(collector.wait_for(1));
    auto const request = collector.received().front();
    EXPECT_EQ(request.target, "/v1/traces");
    EXPECT_EQ(request.headers.at("content-type"), "application/json");
    EXPECT_EQ(request.headers.at("api-key"), "k");
    EXPECT_THAT(request.headers.at("user-agent"), HasSubstr("leat/"));
    EXPECT_EQ(spans_of(request).size(), 10U);
    exporting->stop(30s);
    EXPECT_EQ(exporting->counts().exported, 10U);
}

TEST_F(SpanExporterTest, FewSpansGoOutAfterTheInterval) {
    HttpReceiver collector;
    options.interval = 10ms;
    auto const exporting = exporter(collector.url());
    add(*exporting, 3);
    EXPECT_TRUE(collector.wait_until([](auto const& received) {
        std::size_t spans = 0;
        for (auto const& request : received)
            spans += spans_of(request).size();
        return spans == 3;
    }));
}

TEST_F(SpanExporterTest, TheEndSendsWhatIsLeft) {
    HttpReceiver collector;
    options.batch_max = 4;
    auto const exporting = exporter(collector.url());
    add(*exporting, 10);
    exporting->stop(30s);
    EXPECT_EQ(exporting->counts().exported, 10U);
    std::size_t spans = 0;
    for (auto const& request : collector.received())
        spans += spans_of(request).size();
    EXPECT_EQ(spans, 10U);
    add(*exporting, 1);
    EXPECT_EQ(exporting->counts().overflowed, 1U) << "nothing is silent, not even after the end";
}

TEST_F(SpanExporterTest, WithoutACollectorSpansAreDroppedAndCounted) {
    std::string url;
    { url = HttpReceiver().url(); }  // nobody listens there now
    options.batch_max = 5;
    auto const exporting = exporter(url);
    add(*exporting, 12);
    exporting->stop(30s);
    EXPECT_EQ(exporting->counts().undelivered, 12U);
    EXPECT_EQ(exporting->counts().exported, 0U);
    EXPECT_EQ(reported_, 12U);
    EXPECT_THAT(reason_, HasSubstr("no answer"));
}

TEST_F(SpanExporterTest, ASlowCollectorHoldsNobodyUp) {
    std::latch released(1);
    HttpReceiver collector([&](auto const&, std::size_t) {
        released.wait();
        return ReceiverAnswer{};
    });
    options.batch_max = 2;
    options.batches_max = 3;
    options.queue_max = 1'000;
    auto const exporting = exporter(collector.url());
    add(*exporting, 2);
    ASSERT_TRUE(collector.wait_for(1));  // it now keeps its only connection busy
    add(*exporting, 200);
    exporting->stop(0ms);
    auto const counts = exporting->counts();
    EXPECT_EQ(counts.undelivered + counts.overflowed, 202U);
    EXPECT_EQ(counts.exported, 0U);
    EXPECT_EQ(reported_, 202U);
    released.count_down();
}

TEST_F(SpanExporterTest, TheQueueIsBounded) {
    HttpReceiver collector;
    options.queue_max = 10;
    options.batch_max = 100;
    auto const exporting = exporter(collector.url());
    add(*exporting, 25);
    EXPECT_EQ(exporting->counts().overflowed, 15U);
    exporting->stop(30s);
    EXPECT_EQ(exporting->counts().exported, 10U);
    EXPECT_EQ(reported_, 15U);
    EXPECT_THAT(reason_, HasSubstr("faster"));
}

TEST_F(SpanExporterTest, TroubleThatPassesCostsNothing) {
    HttpReceiver collector(
        [](auto const&, std::size_t number) { return ReceiverAnswer{.status = number == 0 ? 503U : 200U}; });
    options.batch_max = 2;
    auto const exporting = exporter(collector.url());
    add(*exporting, 2);
    EXPECT_TRUE(collector.wait_for(2));
    exporting->stop(30s);
    EXPECT_EQ(exporting->counts().exported, 2U);
    EXPECT_EQ(reported_, 0U);
}

TEST_F(SpanExporterTest, WhatTheCollectorRefusesIsDropped) {
    HttpReceiver collector([](auto const&, std::size_t) {
        return ReceiverAnswer{.body = R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"too \u001b old"}})"};
    });
    auto const exporting = exporter(collector.url());
    add(*exporting, 10);
    exporting->stop(30s);
    EXPECT_EQ(exporting->counts().exported, 7U);
    EXPECT_EQ(exporting->counts().undelivered, 3U);
    EXPECT_EQ(reason_, "the collector refused them: too \\u{1b} old");
}

}  // namespace
}  // namespace leat::tracing
