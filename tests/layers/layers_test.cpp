// The rules of the source tree, on the tree itself; then each rule on a sample that breaks it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules.hpp"
#include "source_tree.hpp"

namespace leat::layers {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<SourceFile> const& tree() {
    static auto const files =
        read_sources(LEAT_SOURCE_DIR, {"include", "src", "apps", "tests", "examples", "bench", "tools", "fuzz"});
    return files;
}

void expect_none(Findings const& findings) {
    for (auto const& finding : findings)
        ADD_FAILURE() << finding;
}

TEST(SourceTree, IsFound) {
    EXPECT_GT(tree().size(), 50U);
    EXPECT_GE(read_links(LEAT_SOURCE_DIR).size(), 9U);
}
TEST(SourceTree, IncludesFollowTheArrows) {
    expect_none(check_arrows(tree()));
}
TEST(SourceTree, IncludesAreLinked) {
    expect_none(check_links(tree(), read_links(LEAT_SOURCE_DIR)));
}
TEST(SourceTree, PublicHeadersStandAlone) {
    expect_none(check_public_headers(tree()));
}
TEST(SourceTree, OnlyTheStoreSpellsCommands) {
    expect_none(check_redis_commands(tree()));
}
TEST(SourceTree, HasNoBannedCalls) {
    expect_none(check_banned_calls(tree()));
}
TEST(SourceTree, FilesAreTidy) {
    expect_none(check_files(tree()));
}

std::vector<SourceFile> sample(std::string path, std::vector<std::string> lines) {
    return {{std::move(path), std::move(lines)}};
}

TEST(Arrows, PointOneWay) {
    auto const findings = [](std::string const& path, std::string const& include) {
        return check_arrows(sample(path, {"#include \"" + include + "\""})).size();
    };
    EXPECT_EQ(findings("src/core/a.cpp", "core/b.hpp"), 0U);
    EXPECT_EQ(findings("src/core/a.cpp", "leat/error.hpp"), 0U);
    EXPECT_EQ(findings("src/core/a.cpp", "async/b.hpp"), 1U);
    EXPECT_EQ(findings("src/tasks/a.cpp", "redis/b.hpp"), 1U);
    EXPECT_EQ(findings("src/redis/a.cpp", "tasks/b.hpp"), 1U);
    EXPECT_EQ(findings("src/store/a.cpp", "tasks/b.hpp"), 0U);
    EXPECT_EQ(findings("src/client/a.cpp", "runtime/b.hpp"), 1U);
    EXPECT_EQ(findings("src/runtime/a.cpp", "store/b.hpp"), 0U);
    EXPECT_EQ(findings("src/handlers/a.cpp", "runtime/b.hpp"), 0U);
    EXPECT_EQ(findings("src/http/a.cpp", "inspect/b.hpp"), 0U);
    EXPECT_EQ(findings("src/http/a.cpp", "runtime/b.hpp"), 1U);
    EXPECT_EQ(findings("src/config/a.cpp", "store/b.hpp"), 1U);
    EXPECT_EQ(findings("src/core/a.cpp", "support/b.hpp"), 1U);
    EXPECT_EQ(findings("src/core/a_test.cpp", "support/b.hpp"), 0U);
    EXPECT_EQ(findings("src/novel/a.cpp", "core/b.hpp"), 1U);
    EXPECT_EQ(findings("apps/leat/a.cpp", "store/b.hpp"), 0U);
    EXPECT_THAT(check_arrows(sample("src/core/a.cpp", {"", "#include \"store/b.hpp\""})),
                ElementsAre("src/core/a.cpp:2: core must not include store; move the code or turn the arrow"));
}

TEST(LinkLines, AreReadAndFollowed) {
    Links links;
    add_links("# text\nleat_layer(NAME store LINK redis\n    tasks SOURCES\n    a.cpp\n)\nif(X)\nendif()", links);
    add_links("leat_layer(NAME redis LINK core LIBRARIES Boost::url SOURCES b.cpp)", links);
    add_links("leat_layer(NAME core SOURCES c.cpp)", links);
    add_links("# nothing", links);
    EXPECT_THAT(links["store"], ElementsAre("redis", "tasks"));
    EXPECT_THAT(links["redis"], ElementsAre("core"));
    EXPECT_THAT(links["core"], IsEmpty());
    EXPECT_THAT(check_links(sample("src/store/a.cpp", {"#include \"core/c.hpp\""}), links), IsEmpty());
    EXPECT_THAT(check_links(sample("src/redis/b.cpp", {"#include \"store/a.hpp\""}), links),
                ElementsAre("src/redis/b.cpp:1: the LINK of src/redis/CMakeLists.txt does not name store"));
}

TEST(PublicHeaders, IncludeNothingFromTheLayers) {
    EXPECT_THAT(check_public_headers(sample("include/leat/a.hpp", {"#include <core/x>", "#include \"leat/b.hpp\""})),
                IsEmpty());
    EXPECT_THAT(
        check_public_headers(sample("include/leat/a.hpp", {"#include \"core/error.hpp\""})),
        ElementsAre("include/leat/a.hpp:1: a public header must not include core/error.hpp; users do not have it"));
}

TEST(RedisCommands, BelongIntoTheStore) {
    auto const findings = [](std::string const& path, std::string const& line) {
        return check_redis_commands(sample(path, {line})).size();
    };
    EXPECT_EQ(findings("src/runtime/a.cpp", R"x(call({"XADD", key});)x"), 1U);
    EXPECT_EQ(findings("apps/leat/a.cpp", R"x(call("KEYS", "*"); call("XLEN");)x"), 2U);
    EXPECT_EQ(findings("apps/leat/chaos/a.cpp", R"x(call("XLEN");)x"), 0U);
    EXPECT_EQ(findings("src/client/a.cpp", R"x("redis.call('GET', KEYS[1])")x"), 1U);
    EXPECT_EQ(findings("src/redis/script.cpp", R"x(command("EVALSHA"))x"), 0U);
    EXPECT_EQ(findings("src/redis/pubsub.cpp", R"x(command("EVALSHA"))x"), 1U);
    EXPECT_EQ(findings("src/store/a.cpp", R"x(command("XADD"))x"), 0U);
    EXPECT_EQ(findings("src/runtime/a_redistest.cpp", R"x(command("XADD"))x"), 0U);
    EXPECT_EQ(findings("src/runtime/a.cpp", R"x(call("PING"); text("XADD to it");  // "XADD")x"), 0U);
}

TEST(BannedCalls, NameTheirReplacement) {
    auto const findings = [](std::string const& path, std::string const& line) {
        return check_banned_calls(sample(path, {line})).size();
    };
    EXPECT_EQ(findings("src/redis/a.cpp", "std::cout << 1;"), 1U);
    EXPECT_EQ(findings("src/redis/a.cpp", "std::printf(\"x\");"), 1U);
    EXPECT_EQ(findings("src/redis/a.cpp", "std::snprintf(text, 3, \"x\");"), 0U);
    EXPECT_EQ(findings("src/redis/a.cpp", "f(\"redis://\", std::cerr);"), 1U);
    EXPECT_EQ(findings("src/redis/a.cpp", "f();  // not std::cerr"), 0U);
    EXPECT_EQ(findings("apps/leat/a.cpp", "std::cerr << 1;"), 0U);
    EXPECT_EQ(findings("apps/leat/a.cpp", "std::random_device device;"), 1U);
    EXPECT_EQ(findings("src/core/a.cpp", "chrono::system_clock::now();"), 0U);
    EXPECT_EQ(findings("include/leat/a.hpp", "std::chrono::system_clock::now();"), 1U);
    EXPECT_EQ(findings("src/redis/a_test.cpp", "std::this_thread::sleep_for(x);"), 1U);
    EXPECT_EQ(findings("src/redis/a_test.cpp", "sleep_for_ever(x);"), 0U);
    EXPECT_THAT(check_banned_calls(sample("src/store/a.cpp", {"std::random_device d;"})),
                ElementsAre("src/store/a.cpp:1: random_device is banned here; take core::Random as a parameter; "
                            "Random::from_entropy() seeds one"));
}

TEST(Files, AreShortAndFinished) {
    std::vector<std::string> const full(kLinesMax, "x");
    auto longer = full;
    longer.emplace_back("x");
    EXPECT_THAT(check_files(sample("src/core/a.cpp", full)), IsEmpty());
    EXPECT_EQ(check_files(sample("src/core/a.cpp", longer)).size(), 1U);
    EXPECT_EQ(check_files(sample("src/core/a.hpp", {"// text"})).size(), 1U);
    EXPECT_THAT(check_files(sample("src/core/a.hpp", {"#pragma once"})), IsEmpty());
    EXPECT_EQ(check_files(sample("src/core/a.cpp", {"// TO\104O: later"})).size(), 1U);
}

}  // namespace
}  // namespace leat::layers
