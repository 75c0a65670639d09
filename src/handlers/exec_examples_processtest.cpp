// The example agents run, and docs/exec-protocol.md shows exactly them.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "handlers/exec_harness.hpp"
#include "leat/exec.hpp"

namespace leat::handlers {
namespace {

std::string const kRoot = LEAT_SOURCE_DIR;

std::string read(std::string const& path) {
    std::ifstream file(kRoot + "/" + path);
    EXPECT_TRUE(file) << path;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// The first block of code in that language.
std::string block(std::string const& page, std::string const& language) {
    auto const fence = "```" + language + "\n";
    auto const begin = page.find(fence);
    if (begin == std::string::npos) return "no block of " + language;
    auto const from = begin + fence.size();
    return page.substr(from, page.find("```", from) - from);
}

TEST(ExecExamples, TheDocumentShowsThem) {
    auto const page = read("docs/exec-protocol.md");
    EXPECT_EQ(block(page, "python"), read("examples/exec/agent.py"));
    EXPECT_EQ(block(page, "js"), read("examples/exec/agent.mjs"));
}

class ExecExample : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(ExecExample, Answers) {
    ExecOptions options;
    options.command = GetParam();
    options.working_directory = kRoot + "/examples/exec";
    HandlerHost host(exec_handler(std::move(options)));
    auto const attempt = host.start("t-1", R"({"text":"one three\nfive"})");
    auto const verdict = attempt->verdict();
    ASSERT_TRUE(std::holds_alternative<Success>(verdict)) << verdict.index();
    EXPECT_EQ(json::parse(std::get<Success>(verdict).result_text), (json{{"words", 3}, {"longest", "three"}}));
    EXPECT_EQ(attempt->context.progresses(), (std::vector<std::pair<double, std::string>>{{0.5, "3 words"}}));

    auto const dead = host.run("t-2", "null");
    ASSERT_TRUE(std::holds_alternative<Dead>(dead)) << dead.index();
    EXPECT_EQ(std::get<Dead>(dead).reason, "the payload needs a text");
}

INSTANTIATE_TEST_SUITE_P(Languages, ExecExample,
                         testing::Values(std::vector<std::string>{"/usr/bin/python3", "agent.py"},
                                         std::vector<std::string>{"node", "agent.mjs"}),
                         [](auto const& example) { return example.index == 0 ? "Python" : "Node"; });

}  // namespace
}  // namespace leat::handlers
