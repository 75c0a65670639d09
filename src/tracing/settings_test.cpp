#include "tracing/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace leat::tracing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

constexpr char const* kEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

Settings read(Environment environment) {
    environment.try_emplace(kEndpoint, "http://collector:4318");
    auto const settings = settings_of(environment, {.host = "h", .pid = 7});
    EXPECT_TRUE(settings) << settings.error().message();
    return settings && *settings ? **settings : Settings{};
}

std::string problem_of(Environment environment) {
    environment.try_emplace(kEndpoint, "http://collector:4318");
    auto const settings = settings_of(environment, {});
    return settings ? "" : settings.error().message();
}

TEST(TracingSettings, AreNoneWhereNothingIsAskedFor) {
    for (Environment const& off : {Environment{},
                                   {{kEndpoint, ""}},
                                   {{kEndpoint, "http://c"}, {"OTEL_SDK_DISABLED", "TRUE"}},
                                   {{kEndpoint, "http://c"}, {"OTEL_TRACES_EXPORTER", "none"}},
                                   {{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://c"}}}) {
        auto const settings = settings_of(off, {});
        ASSERT_TRUE(settings);
        EXPECT_FALSE(*settings);
    }
}

TEST(TracingSettings, TheEndpointOfAllSignalsGetsThePath) {
    EXPECT_EQ(read({{kEndpoint, "http://collector:4318"}}).url, "http://collector:4318/v1/traces");
    EXPECT_EQ(read({{kEndpoint, "https://collector/otlp/"}}).url, "https://collector/otlp/v1/traces");
    EXPECT_EQ(read({{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://other/spans"}}).url, "http://other/spans");
    EXPECT_EQ(read({{kEndpoint, ""}, {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://other/spans"}}).url,
              "http://other/spans");
}

TEST(TracingSettings, HeadersAreDecodedAndThoseForTracesWin) {
    EXPECT_THAT(read({{"OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b%2Cc, x-team = ops ,"}}).headers,
                ElementsAre("api-key: a b,c", "x-team: ops"));
    EXPECT_THAT(read({{"OTEL_EXPORTER_OTLP_HEADERS", "a=1"}, {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "b=2=3"}}).headers,
                ElementsAre("b: 2=3"));
}

TEST(TracingSettings, TheResourceSaysWhoSends) {
    auto const plain = read({}).resource;
    EXPECT_THAT(plain, AllOf(Contains(Pair("service.name", "leat")), Contains(Pair("host.name", "h")),
                             Contains(Pair("process.pid", "7")), Contains(Pair("telemetry.sdk.language", "cpp"))));
    auto const named = read({{"OTEL_RESOURCE_ATTRIBUTES", "service.name=x,deployment.environment=prod%2C1"},
                             {"OTEL_SERVICE_NAME", "triage"}})
                           .resource;
    EXPECT_THAT(named, AllOf(Contains(Pair("service.name", "triage")).Times(1),
                             Contains(Pair("deployment.environment", "prod,1"))));
    EXPECT_THAT(read({{"OTEL_RESOURCE_ATTRIBUTES", "service.name=x"}}).resource, Contains(Pair("service.name", "x")));
}

TEST(TracingSettings, TheTimeoutIsInMilliseconds) {
    using namespace std::chrono_literals;
    EXPECT_EQ(read({}).timeout, 10s);
    EXPECT_EQ(read({{"OTEL_EXPORTER_OTLP_TIMEOUT", "2500"}}).timeout, 2'500ms);
    EXPECT_EQ(read({{"OTEL_EXPORTER_OTLP_TIMEOUT", "1"}, {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "7"}}).timeout, 7ms);
}

TEST(TracingSettings, ProblemsNameTheVariableAndNoSecret) {
    for (auto const& [variable, value] : {std::pair{kEndpoint, "collector-secret:4318"},
                                          {kEndpoint, "ftp://secret"},
                                          {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://a b/secret"},
                                          {"OTEL_EXPORTER_OTLP_HEADERS", "secret"},
                                          {"OTEL_EXPORTER_OTLP_HEADERS", "=secret"},
                                          {"OTEL_EXPORTER_OTLP_HEADERS", "k=secret%0d%0aX: y"},
                                          {"OTEL_EXPORTER_OTLP_HEADERS", "k=secret%2"},
                                          {"OTEL_EXPORTER_OTLP_HEADERS", "k=secret%zz"},
                                          {"OTEL_EXPORTER_OTLP_HEADERS", "secret key=1"},
                                          {"OTEL_RESOURCE_ATTRIBUTES", "secret"},
                                          {"OTEL_EXPORTER_OTLP_TIMEOUT", "10secret"},
                                          {"OTEL_EXPORTER_OTLP_TIMEOUT", "0"},
                                          {"OTEL_EXPORTER_OTLP_TIMEOUT", "-5"},
                                          {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}}) {
        EXPECT_THAT(problem_of({{variable, value}}), AllOf(HasSubstr(variable), Not(HasSubstr("secret")))) << value;
    }
    EXPECT_EQ(problem_of({{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"}}), "");
}

}  // namespace
}  // namespace leat::tracing
