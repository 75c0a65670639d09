#include "inspect/patch_table.hpp"

#include <gtest/gtest.h>

namespace leat::inspect {
namespace {

TEST(Version, IsReadFromText) {
    EXPECT_EQ(parse_version("7.0.15"), (Version{7, 0, 15}));
    EXPECT_EQ(parse_version("8.10"), (Version{8, 10, 0}));
    EXPECT_EQ(parse_version("8.2.0-rc1"), (Version{8, 2, 0}));
    EXPECT_EQ(parse_version("7"), std::nullopt);
    EXPECT_EQ(parse_version(""), std::nullopt);
    EXPECT_EQ(parse_version("unstable"), std::nullopt);
    EXPECT_EQ(parse_version("99999999999.1.1"), std::nullopt);
    EXPECT_EQ(parse_version("-7.0.1"), std::nullopt);
    EXPECT_EQ(to_string(Version{8, 10, 2}), "8.10.2");
}

struct Case {
    char const* kind;
    char const* version;
    PatchLevel level;
    char const* wanted;
};

TEST(PatchTable, JudgesABuildByItsBranch) {
    for (auto const& [kind, text, level, wanted] : {
             Case{"redis", "7.0.15", PatchLevel::unlisted, "7.4.10"},
             Case{"redis", "7.4.9", PatchLevel::outdated, "7.4.10"},
             Case{"redis", "7.4.10", PatchLevel::patched, ""},
             Case{"redis", "8.0.6", PatchLevel::unlisted, "8.2.9"},
             Case{"redis", "8.8.1", PatchLevel::outdated, "8.8.2"},
             Case{"redis", "8.10.1", PatchLevel::outdated, "8.10.2"},
             Case{"redis", "8.10.3", PatchLevel::patched, ""},
             Case{"redis", "8.12.0", PatchLevel::newer, ""},
             Case{"valkey", "8.0.9", PatchLevel::unlisted, "8.1.9"},
             Case{"valkey", "9.0.5", PatchLevel::outdated, "9.0.6"},
             Case{"valkey", "9.1.2", PatchLevel::patched, ""},
             Case{"valkey", "9.2.0", PatchLevel::newer, ""},
         }) {
        auto const judged = judge_patches(kind, *parse_version(text));
        EXPECT_EQ(judged.level, level) << kind << " " << text;
        EXPECT_EQ(judged.wanted ? to_string(*judged.wanted) : "", wanted) << kind << " " << text;
    }
}

TEST(PatchTable, IsSortedAndHasEachBranchOnce) {
    auto const builds = patched_builds();
    for (std::size_t i = 1; i < builds.size(); ++i) {
        if (builds[i - 1].kind != builds[i].kind) continue;
        EXPECT_LT(builds[i - 1].first, builds[i].first);
        EXPECT_FALSE(builds[i - 1].first.major == builds[i].first.major &&
                     builds[i - 1].first.minor == builds[i].first.minor);
    }
}

TEST(PatchTable, EveryListedKindIsSupported) {
    for (auto const& build : patched_builds())
        EXPECT_LE(oldest_supported(build.kind), build.first);
    EXPECT_EQ(oldest_supported("keydb"), std::nullopt);
}

}  // namespace
}  // namespace leat::inspect
