#include "config/reference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "config/load.hpp"
#include "config/options_table.hpp"

namespace leat::config {
namespace {

std::string const kDocument = LEAT_SOURCE_DIR "/docs/configuration.md";

// With LEAT_UPDATE_DOCS=1 the test writes the document instead of comparing it.
TEST(Reference, TheDocumentIsUpToDate) {
    if (std::getenv("LEAT_UPDATE_DOCS") != nullptr) {
        std::ofstream(kDocument) << reference_markdown();
        return;
    }
    std::ostringstream text;
    text << std::ifstream(kDocument).rdbuf();
    EXPECT_TRUE(text.str() == reference_markdown())
        << "docs/configuration.md is not what the table of options says; write it anew with:\n"
           "  LEAT_UPDATE_DOCS=1 ctest --test-dir <build folder> -R Reference.TheDocumentIsUpToDate";
}

TEST(OptionsTable, NamesAreUniqueAndSentencesComplete) {
    std::set<std::string_view> keys, names;
    auto const check = [&](OptionInfo const& option) {
        EXPECT_TRUE(keys.insert(option.key).second) << option.key;
        for (auto const name : {option.env, option.flag}) {
            EXPECT_TRUE(name.empty() || names.insert(name).second) << name;
        }
        EXPECT_TRUE(option.env.empty() || option.env.starts_with("LEAT_")) << option.env;
        EXPECT_TRUE(option.flag.empty() || option.flag.starts_with("--")) << option.flag;
        EXPECT_TRUE(option.sentence.ends_with(".")) << option.key;
    };
    for (auto const& option : global_options())
        check(option);
    keys.clear();
    for (auto const& option : agent_options())
        check(option);
}

// A default that its own rules refuse would be a trap: nobody could write it down.
TEST(OptionsTable, DefaultsKeepTheirBounds) {
    Config config;
    AgentConfig agent;
    auto const accepts = [](OptionInfo const& option, Field const& field) {
        auto const* const duration = std::get_if<Milliseconds*>(&field);
        auto const* const size = std::get_if<std::size_t*>(&field);
        auto const* const number = std::get_if<int*>(&field);
        auto const* const large = std::get_if<std::int64_t*>(&field);
        std::int64_t value = option.rules.min;
        if (duration != nullptr) value = (*duration)->count();
        if (size != nullptr) value = static_cast<std::int64_t>(**size);
        if (number != nullptr) value = **number;
        if (large != nullptr) value = **large;
        EXPECT_GE(value, option.rules.min) << option.key;
        EXPECT_LE(value, option.rules.max) << option.key;
        auto const* const text = std::get_if<std::string*>(&field);
        if (text != nullptr && option.rules.check != nullptr) {
            EXPECT_EQ(option.rules.check(**text), "") << option.key;
        }
    };
    for (auto const& option : global_options())
        accepts(option, option.field(config));
    for (auto const& option : agent_options())
        accepts(option, option.field(agent));
}

TEST(Settings, ShowValuesWithTheirOrigin) {
    Sources sources;
    sources.file = "/nonexistent/leat.toml";
    sources.environment = {{"LEAT_REDIS_PASSWORD", "hunter2"}, {"LEAT_REDIS", "redis://u:hunter2@h"}};
    sources.flags = {{"agent.a.lease", "1m"}, {"agent.a.env.TOKEN", "hunter2"}};
    auto const config = load(sources);
    ASSERT_TRUE(config);
    std::vector<std::string> lines;
    for (auto const& [key, value, origin] : settings(*config)) {
        if (origin != "default" || key == "prefix") lines.push_back(key + " = " + value + " (" + origin + ")");
    }
    EXPECT_THAT(lines, ::testing::ElementsAre(
                           "prefix = \"leat\" (default)", "redis.url = \"redis://u:***@h\" (LEAT_REDIS)",
                           "redis.password = *** (LEAT_REDIS_PASSWORD)", "agent.a.lease = \"1m\" (--set agent.a.lease)",
                           "agent.a.env.TOKEN = *** (--set agent.a.env.TOKEN)"));
    EXPECT_EQ(settings(*config).size(), global_options().size() + agent_options().size() + 1);
}

}  // namespace
}  // namespace leat::config
