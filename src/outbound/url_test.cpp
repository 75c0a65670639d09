#include "outbound/url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace leat::outbound {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Url, IsHttpWithAHost) {
    for (auto const* const good : {"http://127.0.0.1:4318", "https://collector.example/v1/traces?key=1",
                                   "http://user:password@[::1]:80/a", "HTTPS://example.org"})
        EXPECT_TRUE(check_url(good)) << good;
    for (auto const* const bad : {"", "localhost:4318", "ftp://example.org/", "file:///etc/passwd", "http://",
                                  "http://a b/", "http://a/\r\nX: y", "http://host:99999/", "gopher://x"}) {
        auto const checked = check_url(bad);
        ASSERT_FALSE(checked) << bad;
        EXPECT_EQ(checked.error().code, ErrorCode::invalid_input);
    }
    EXPECT_FALSE(check_url(std::string_view("http://a\0b", 10)));
}

TEST(Url, ErrorsDoNotRepeatIt) {
    EXPECT_THAT(check_url("ftp://me:secret@example.org").error().message(), Not(HasSubstr("secret")));
}

TEST(Url, IsShownWithoutSecrets) {
    EXPECT_EQ(shown_url("https://me:secret@example.org:8443/hook/a?token=secret#x"), "https://example.org:8443/hook/a");
    EXPECT_EQ(shown_url("http://example.org"), "http://example.org/");
    EXPECT_EQ(shown_url("nonsense"), "(no address)");
    EXPECT_EQ(shown_url("redis://example.org"), "(no address)");
}

}  // namespace
}  // namespace leat::outbound
