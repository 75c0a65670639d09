// Against a real HTTP server of the test.
#include "outbound/poster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <latch>

#include "support/http_receiver.hpp"

namespace leat::outbound {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::HttpReceiver;
using ::testing::Not;
using testing::ReceivedRequest;
using testing::ReceiverAnswer;

constexpr Backoff kQuick{.base = 1ms, .cap = 5ms};

class PosterTest : public ::testing::Test {
  protected:
    PosterTest() { ::setenv("no_proxy", "127.0.0.1", 1); }

    static PosterOptions quick() {
        PosterOptions options;
        options.backoff = kQuick;
        return options;
    }
    // Posts and waits for the end.
    static PostOutcome outcome_of(Poster& poster, Post post) {
        std::promise<PostOutcome> promise;
        post.on_done = [&](PostOutcome const& outcome) { promise.set_value(outcome); };
        EXPECT_TRUE(poster.post(std::move(post)));
        return promise.get_future().get();
    }

    core::Random random_{7};
    core::Clock const& clock_ = core::machine_clock();
};

TEST_F(PosterTest, SendsWhatItIsGiven) {
    HttpReceiver receiver([](auto const&, std::size_t) { return ReceiverAnswer{.status = 202, .body = "thanks"}; });
    Poster poster({.user_agent = "leat/test"}, random_, clock_);
    auto const outcome = outcome_of(poster, {.url = receiver.url("/hook?a=b"),
                                             .headers = {"Content-Type: application/json", "X-Key: k"},
                                             .body = R"({"a":1})"});
    EXPECT_TRUE(outcome.sent);
    EXPECT_EQ(outcome.status, 202);
    EXPECT_EQ(outcome.attempts, 1);
    EXPECT_EQ(outcome.body, "thanks");
    EXPECT_EQ(outcome.error, "");
    auto const received = receiver.received();
    ASSERT_EQ(received.size(), 1U);
    EXPECT_EQ(received[0].method, "POST");
    EXPECT_EQ(received[0].target, "/hook?a=b");
    EXPECT_EQ(received[0].body, R"({"a":1})");
    EXPECT_EQ(received[0].headers.at("content-type"), "application/json");
    EXPECT_EQ(received[0].headers.at("x-key"), "k");
    EXPECT_EQ(received[0].headers.at("user-agent"), "leat/test");
    EXPECT_EQ(poster.counts().sent, 1U);
    EXPECT_EQ(poster.held(), 0U);
}

TEST_F(PosterTest, SendsLargeBodiesAtOnce) {
    HttpReceiver receiver;
    Poster poster(quick(), random_, clock_);
    std::string const body(3U << 20, 'x');
    EXPECT_TRUE(outcome_of(poster, {.url = receiver.url(), .body = body}).sent);
    EXPECT_EQ(receiver.received().at(0).body.size(), body.size());
    EXPECT_FALSE(receiver.received().at(0).headers.contains("expect"));
}

TEST_F(PosterTest, TriesAgainAfterTrouble) {
    HttpReceiver receiver([](auto const&, std::size_t number) {
        return ReceiverAnswer{.status = number == 0 ? 500U : number == 1 ? 429U : 200U};
    });
    Poster poster(quick(), random_, clock_);
    auto const outcome = outcome_of(poster, {.url = receiver.url(), .body = "{}", .attempts = 3});
    EXPECT_TRUE(outcome.sent);
    EXPECT_EQ(outcome.attempts, 3);
    EXPECT_EQ(receiver.received().size(), 3U);
    EXPECT_EQ(poster.counts().retried, 2U);
    EXPECT_EQ(poster.counts().sent, 1U);
    EXPECT_EQ(poster.counts().failed, 0U);
}

TEST_F(PosterTest, WaitsAsLongAsTheAnswerSays) {
    HttpReceiver receiver([](auto const&, std::size_t number) {
        if (number == 0) return ReceiverAnswer{.status = 503, .headers = {{"Retry-After", "1"}}};
        return ReceiverAnswer{};
    });
    Poster poster(quick(), random_, clock_);
    auto const before = clock_.now();
    EXPECT_TRUE(outcome_of(poster, {.url = receiver.url()}).sent);
    EXPECT_GE(clock_.now() - before, 1s);
}

TEST_F(PosterTest, GivesUpAfterItsAttempts) {
    HttpReceiver receiver([](auto const&, std::size_t) { return ReceiverAnswer{.status = 503, .body = "busy"}; });
    Poster poster(quick(), random_, clock_);
    auto const outcome = outcome_of(poster, {.url = receiver.url(), .attempts = 2});
    EXPECT_FALSE(outcome.sent);
    EXPECT_EQ(outcome.status, 503);
    EXPECT_EQ(outcome.body, "busy");
    EXPECT_THAT(outcome.error, HasSubstr("503"));
    EXPECT_EQ(receiver.received().size(), 2U);
    EXPECT_EQ(poster.counts().failed, 1U);
}

TEST_F(PosterTest, DoesNotRepeatWhatIsRefused) {
    HttpReceiver elsewhere;
    HttpReceiver receiver([&](auto const& request, std::size_t) {
        if (request.target == "/moved")
            return ReceiverAnswer{.status = 307, .headers = {{"Location", elsewhere.url()}}};
        return ReceiverAnswer{.status = 400};
    });
    Poster poster(quick(), random_, clock_);
    auto const moved = outcome_of(poster, {.url = receiver.url("/moved")});
    EXPECT_THAT(moved.error, HasSubstr("redirects are not followed"));
    auto const refused = outcome_of(poster, {.url = receiver.url("/bad")});
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(receiver.received().size(), 2U);
    EXPECT_TRUE(elsewhere.received().empty());
    EXPECT_EQ(poster.counts().failed, 2U);
}

TEST_F(PosterTest, SpeaksHttpOnly) {
    Poster poster(quick(), random_, clock_);
    auto const outcome = outcome_of(poster, {.url = "file:///etc/hostname"});
    EXPECT_FALSE(outcome.sent);
    EXPECT_EQ(outcome.attempts, 1);
    EXPECT_EQ(outcome.body, "");
}

TEST_F(PosterTest, SaysWhyNobodyAnswersWithoutSecrets) {
    std::uint16_t port = 0;
    { port = HttpReceiver().port(); }  // nobody listens there now
    Poster poster(quick(), random_, clock_);
    auto const outcome =
        outcome_of(poster, {.url = "http://me:secret@127.0.0.1:" + std::to_string(port) + "/?token=secret",
                            .headers = {"Authorization: secret"},
                            .attempts = 2});
    EXPECT_FALSE(outcome.sent);
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.attempts, 2);
    EXPECT_THAT(outcome.error, HasSubstr("no answer"));
    EXPECT_THAT(outcome.error, Not(HasSubstr("secret")));
}

TEST_F(PosterTest, ReadsNoMoreOfAnAnswerThanAnybodyWants) {
    HttpReceiver receiver([](auto const&, std::size_t) { return ReceiverAnswer{.body = std::string(4U << 20, 'x')}; });
    Poster poster(quick(), random_, clock_);
    auto const outcome = outcome_of(poster, {.url = receiver.url()});
    EXPECT_TRUE(outcome.sent);
    EXPECT_EQ(outcome.body.size(), kAnswerBytes);
}

// A server that keeps its answers back until it is told otherwise.
class HeldReceiver {
    std::latch released_{1};
    bool open_ = false;

  public:
    HttpReceiver receiver{[this](auto const&, std::size_t) {
        released_.wait();
        return ReceiverAnswer{};
    }};
    ~HeldReceiver() { release(); }
    void release() {
        if (!std::exchange(open_, true)) released_.count_down();
    }
};

TEST_F(PosterTest, TimesOutOnSlowServers) {
    HeldReceiver slow;
    Poster poster(quick(), random_, clock_);
    auto const outcome = outcome_of(poster, {.url = slow.receiver.url(), .timeout = 50ms, .attempts = 2});
    EXPECT_FALSE(outcome.sent);
    EXPECT_EQ(outcome.attempts, 2);
    EXPECT_THAT(outcome.error, HasSubstr("timed out"));
}

TEST_F(PosterTest, DropsWhatIsTooMuch) {
    HeldReceiver slow;
    auto options = quick();
    options.posts_max = 3;
    Poster poster(options, random_, clock_);
    std::latch done(3);
    Post const post{.url = slow.receiver.url(), .on_done = [&](auto const&) { done.count_down(); }};
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(poster.post(post));
    EXPECT_FALSE(poster.post(post));
    EXPECT_FALSE(poster.post(post));
    EXPECT_EQ(poster.counts().dropped, 2U);
    slow.release();
    done.wait();
    EXPECT_EQ(poster.counts().sent, 3U);
    EXPECT_TRUE(outcome_of(poster, {.url = slow.receiver.url()}).sent) << "there is room again";
}

TEST_F(PosterTest, CountsBytesToo) {
    HeldReceiver slow;
    auto options = quick();
    options.bytes_max = 1'000;
    Poster poster(options, random_, clock_);
    EXPECT_FALSE(poster.post({.url = slow.receiver.url(), .body = std::string(1'000, 'x')}));
    EXPECT_TRUE(poster.post({.url = slow.receiver.url(), .body = std::string(600, 'x')}));
    EXPECT_FALSE(poster.post({.url = slow.receiver.url(), .body = std::string(600, 'x')}));
    EXPECT_EQ(poster.counts().dropped, 2U);
}

TEST_F(PosterTest, SendsWhatItHoldsBeforeItStops) {
    HttpReceiver receiver;
    Poster poster(quick(), random_, clock_);
    for (int i = 0; i < 20; ++i)
        EXPECT_TRUE(poster.post({.url = receiver.url(), .body = std::to_string(i)}));
    poster.stop(30s);
    EXPECT_EQ(receiver.received().size(), 20U);
    EXPECT_EQ(poster.counts().sent, 20U);
    EXPECT_FALSE(poster.post({.url = receiver.url()})) << "it has stopped";
}

TEST_F(PosterTest, TriesOnceMoreBeforeItStops) {
    HttpReceiver receiver(
        [](auto const&, std::size_t number) { return ReceiverAnswer{.status = number == 0 ? 503U : 200U}; });
    auto options = quick();
    options.backoff = {.base = 10min, .cap = 10min};
    Poster poster(options, random_, clock_);
    std::promise<PostOutcome> promise;
    EXPECT_TRUE(poster.post({.url = receiver.url(), .on_done = [&](auto const& o) { promise.set_value(o); }}));
    ASSERT_TRUE(receiver.wait_for(1));
    poster.stop(30s);
    auto const outcome = promise.get_future().get();
    // The first answer may have met the stop: then it was the last.
    EXPECT_EQ(outcome.sent, outcome.attempts == 2);
}

TEST_F(PosterTest, GivesUpSlowOnesWhenItMustStop) {
    HeldReceiver slow;
    Poster poster(quick(), random_, clock_);
    std::promise<PostOutcome> promise;
    EXPECT_TRUE(poster.post(
        {.url = slow.receiver.url(), .timeout = 10min, .on_done = [&](auto const& o) { promise.set_value(o); }}));
    ASSERT_TRUE(slow.receiver.wait_for(1));
    poster.stop(0ms);
    auto const outcome = promise.get_future().get();
    EXPECT_FALSE(outcome.sent);
    EXPECT_THAT(outcome.error, HasSubstr("given up"));
    EXPECT_EQ(poster.counts().dropped, 1U);
    EXPECT_EQ(poster.held(), 0U);
}

TEST_F(PosterTest, MayBeUsedFromItsOwnCallback) {
    HttpReceiver receiver;
    Poster poster(quick(), random_, clock_);
    std::promise<bool> promise;
    EXPECT_TRUE(poster.post({.url = receiver.url("/1"), .on_done = [&](auto const&) {
                                 promise.set_value(poster.post({.url = receiver.url("/2")}));
                             }}));
    EXPECT_TRUE(promise.get_future().get());
    EXPECT_TRUE(receiver.wait_for(2));
    EXPECT_EQ(receiver.received().at(1).target, "/2");
}

}  // namespace
}  // namespace leat::outbound
