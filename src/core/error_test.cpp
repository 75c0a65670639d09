#include "leat/error.hpp"

#include <gtest/gtest.h>

#include <set>

#include "leat/event.hpp"

namespace leat {
namespace {

TEST(Error, SaysWhatWhyAndWhichKind) {
    EXPECT_EQ((Error{ErrorCode::too_large, "dispatch", "the payload is too big"}.message()),
              "dispatch: the payload is too big (too_large)");
    EXPECT_EQ((Error{ErrorCode::timeout, "wait", ""}.message()), "wait (timeout)");
    EXPECT_EQ((Error{ErrorCode::internal, "", "odd"}.message()), "odd (internal)");
    EXPECT_EQ((Error{ErrorCode::internal, "", ""}.message()), "(internal)");
}

TEST(Error, FailEscapesAndCuts) {
    Result<int> const result = fail(ErrorCode::corrupt, "read", "bad\x1B[2J" + std::string(10'000, 'x'));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::corrupt);
    EXPECT_EQ(result.error().operation, "read");
    EXPECT_TRUE(result.error().detail.starts_with("bad\\u{1b}[2J"));
    EXPECT_TRUE(result.error().detail.ends_with("…"));
    EXPECT_LE(result.error().detail.size(), 2048U);
}

TEST(ErrorCode, EveryCodeHasItsOwnName) {
    std::set<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i)
        names.insert(to_string(static_cast<ErrorCode>(i)));
    EXPECT_EQ(names.size(), 13U);
    EXPECT_FALSE(names.contains("unknown"));
    EXPECT_EQ(to_string(ErrorCode::unknown_outcome), "unknown_outcome");
    EXPECT_EQ(to_string(static_cast<ErrorCode>(200)), "unknown");
}

TEST(EventKind, EveryKindHasItsOwnName) {
    std::set<std::string_view> names;
    auto const last = static_cast<int>(EventKind::service_error);
    for (int i = 0; i <= last; ++i)
        names.insert(to_string(static_cast<EventKind>(i)));
    EXPECT_EQ(names.size(), static_cast<std::size_t>(last) + 1);
    EXPECT_FALSE(names.contains("unknown"));
    EXPECT_EQ(to_string(EventKind::task_succeeded), "task_succeeded");
    EXPECT_EQ(to_string(static_cast<EventKind>(200)), "unknown");
}

}  // namespace
}  // namespace leat
