#include "leat/handler.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace leat {
namespace {

template <class Thrown>
Verdict verdict_after_throwing(Thrown const& thrown) {
    try {
        throw thrown;
    } catch (...) {
        return verdict_of_current_exception();
    }
}

TEST(VerdictOfException, KeepsWhatTheHandlerAsksFor) {
    EXPECT_EQ(std::get<Dead>(verdict_after_throwing(Dead{"no"})).reason, "no");
    auto const later = std::get<RetryAfter>(verdict_after_throwing(RetryAfter{Milliseconds(5), "soon"}));
    EXPECT_EQ(later.delay, Milliseconds(5));
    EXPECT_EQ(later.error, "soon");
    EXPECT_EQ(std::get<Retry>(verdict_after_throwing(Retry{"again"})).error, "again");
}

TEST(VerdictOfException, AnythingElseIsARetry) {
    EXPECT_EQ(std::get<Retry>(verdict_after_throwing(std::runtime_error("broken"))).error, "broken");
    EXPECT_EQ(std::get<Retry>(verdict_after_throwing(42)).error, "threw something that is no std::exception");
}

TEST(VerdictOfJson, SerialisesAndRepairsText) {
    EXPECT_EQ(std::get<Success>(verdict_of(json{{"a", 1}})).result_text, R"({"a":1})");
    EXPECT_EQ(std::get<Success>(verdict_of(json("\xFF"))).result_text, "\"\xEF\xBF\xBD\"");
}

TEST(CancelToken, TheFirstReasonStays) {
    CancelToken token;
    CancelToken const copy = token;
    EXPECT_FALSE(copy.cancelled());
    EXPECT_TRUE(token.cancel(CancelReason::timeout));
    EXPECT_FALSE(token.cancel(CancelReason::shutdown));
    EXPECT_TRUE(copy.cancelled());
    EXPECT_EQ(copy.reason(), CancelReason::timeout);
}

}  // namespace
}  // namespace leat
