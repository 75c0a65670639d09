#include "store/acl.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "scripts.gen.hpp"
#include "store/scripts.hpp"

namespace leat::store {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsSupersetOf;
using ::testing::Not;

TEST(Acl, RolesHaveNames) {
    for (auto const role : kAclRoleList) {
        EXPECT_EQ(acl_role_from_string(to_string(role)), role);
        EXPECT_NE(kAclRoles.find(to_string(role)), std::string_view::npos);
    }
    EXPECT_EQ(acl_role_from_string("root"), std::nullopt);
}

TEST(Acl, EveryScriptIsSomeRoles) {
    std::set<std::string_view> used;
    for (auto const role : kAclRoleList)
        used.merge(acl_scripts(role));
    auto const names = script_names();
    EXPECT_THAT(used, ::testing::ElementsAreArray(names)) << "give each script of src/store/lua its roles in acl.cpp";
}

// The commands of a script are found by their literal names: a name in a variable would be missed.
TEST(Acl, EveryCallInAScriptNamesItsCommand) {
    for (auto const* const script : scripts::kAll) {
        auto const source = script->source;
        for (auto at = source.find("call("); at != std::string_view::npos; at = source.find("call(", at + 1)) {
            bool const calls_a_function = at > 0 && source[at - 1] == 'p';  // pcall()
            if (!calls_a_function) {
                EXPECT_EQ(source.substr(at + 5, 1), "'") << script->name << source.substr(at, 40);
            }
        }
    }
}

TEST(Acl, CommandsOfScriptsCount) {
    EXPECT_THAT(script_commands("prune_consumer"), Contains("xgroup|delconsumer"));
    EXPECT_THAT(script_commands("dispatch"), ::testing::AllOf(Contains("xadd"), Contains("mset"), Contains("publish")));
    EXPECT_THAT(script_commands("none"), ::testing::IsEmpty());
    EXPECT_THAT(acl_commands(AclRole::producer, "7.0.15"), Contains("mset"));
}

TEST(Acl, StrongerRolesMayWhatWeakerOnesMay) {
    auto const producer = acl_commands(AclRole::producer, "8.0");
    auto const worker = acl_commands(AclRole::worker, "8.0");
    auto const viewer = acl_commands(AclRole::viewer, "8.0");
    auto const admin = acl_commands(AclRole::admin, "8.0");
    EXPECT_THAT(worker, IsSupersetOf(producer));
    EXPECT_THAT(admin, IsSupersetOf(worker));
    EXPECT_THAT(admin, IsSupersetOf(viewer));
    for (auto const* const command :
         {"eval", "script|load", "script|flush", "keys", "flushall", "config|set", "debug"}) {
        EXPECT_THAT(producer, Not(Contains(command)));
        EXPECT_THAT(viewer, Not(Contains(command)));
    }
    for (auto const* const command : {"xadd", "set", "del", "evalsha", "publish"})
        EXPECT_THAT(viewer, Not(Contains(command)));
}

TEST(Acl, CommandsThatTheServerDoesNotKnowAreLeftOut) {
    EXPECT_THAT(acl_commands(AclRole::producer, "7.0.15"), Not(Contains("waitaof")));
    EXPECT_THAT(acl_commands(AclRole::producer, "7.2.0"), Contains("waitaof"));
}

TEST(Acl, RulesNameKeysAndChannels) {
    AclScope scope;
    scope.prefix = "shop";
    scope.streams = {"tasks", "odd*[key]", "tasks"};
    auto rules = acl_rules(AclRole::viewer, scope, "7.0");
    rules.resize(7);
    EXPECT_THAT(rules, ElementsAre("reset", "on", "%R~shop:*", "%R~odd\\*\\[key\\]", "%R~tasks", "&shop:*", "-@all"));
    EXPECT_THAT(acl_rules(AclRole::worker, scope, "7.0"), Contains("~shop:*"));
    EXPECT_EQ(acl_rules(AclRole::viewer, scope, "7.0").back(),
              "(~shop:alerts ~shop:alert:* +set +del +hset +hdel +pexpire)");
}

}  // namespace
}  // namespace leat::store
