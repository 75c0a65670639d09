#include "hide_secrets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace leat::cli {
namespace {

std::vector<std::string> hidden(std::vector<std::string> arguments) {
    std::vector<char*> pointers;
    for (auto& argument : arguments)
        pointers.push_back(argument.data());
    hide_secrets(pointers);
    return arguments;
}

TEST(HideSecrets, OverwritesPasswordsOnly) {
    using ::testing::ElementsAre;
    EXPECT_THAT(hidden({"leat", "--redis", "redis://bob:pw@h:1/2", "dispatch", "a", "x:y@z"}),
                ElementsAre("leat", "--redis", "redis://bob:xx@h:1/2", "dispatch", "a", "x:y@z"));
    EXPECT_THAT(hidden({"leat", "--redis=redis+sentinel://:p@w:d@h,i/m"}),
                ElementsAre("leat", "--redis=redis+sentinel://:xxxxx@h,i/m"));
    EXPECT_THAT(hidden({"leat", "--set", "redis.url=redis://b:pw@h", "--set=redis.password=abc"}),
                ElementsAre("leat", "--set", "redis.url=redis://b:xx@h", "--set=redis.password=xxx"));
    EXPECT_THAT(hidden({"--set", "redis.sentinel_password=a=b", "--set", "redis.username=bob"}),
                ElementsAre("--set", "redis.sentinel_password=xxx", "--set", "redis.username=bob"));
    EXPECT_THAT(hidden({"--redis", "redis://h:1", "--redis"}), ElementsAre("--redis", "redis://h:1", "--redis"));
    EXPECT_THAT(hidden({"--redis", "no url:at all@h"}), ElementsAre("--redis", "no url:xxxxxx@h"));
}

}  // namespace
}  // namespace leat::cli
