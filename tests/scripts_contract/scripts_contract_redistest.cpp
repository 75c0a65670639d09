// Every script against its contract: what it answers and changes (testdata/<script>.txt, written anew with
// LEAT_UPDATE_GOLDEN=1), that a second send changes nothing, and that a key that is missing or of a wrong type does no
// harm. A script without cases fails.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>

#include "script.hpp"
#include "scripts_contract/script_cases.hpp"
#include "support/keyspace_text.hpp"
#include "support/redis_server.hpp"

namespace leat::scripts_contract {
namespace {

using luapack::Script;

std::vector<Script> const& all_scripts() {
    static auto const kScripts = luapack::load_folder(LEAT_LUA_FOLDER);
    return kScripts;
}

std::vector<std::string> names_of_scripts() {
    std::vector<std::string> names;
    for (auto const& script : all_scripts())
        names.push_back(script.name);
    return names;
}

Script const& script_named(std::string const& name) {
    for (auto const& script : all_scripts()) {
        if (script.name == name) return script;
    }
    throw std::runtime_error("there is no script " + name);
}

std::vector<Case> const& cases_of(std::string const& name) {
    static std::vector<Case> const kNone;
    auto const found = script_cases().find(name);
    return found == script_cases().end() ? kNone : found->second;
}

std::string value(Values const& values, std::string const& name) {
    auto const found = values.find(name);
    return found == values.end() ? usual_value(name) : found->second;
}

// Names of the keys that stand once in the call, tables of keys taken apart.
std::vector<std::string> fixed_keys(Script const& script) {
    std::vector<std::string> names;
    for (auto const& key : script.keys) {
        if (key.members.empty()) names.push_back(key.name);
        for (auto const& member : key.members)
            names.push_back(key.name + "." + member);
    }
    return names;
}

class ScriptContractTest : public ::testing::TestWithParam<std::string> {
  protected:
    std::string ask(Words const& command) const { return server.command(command); }
    std::vector<std::string> lines() const {
        auto const snapshot = testing::read_snapshot([this](auto const& c) { return ask(c); }, "leat", {"tasks"});
        return testing::lines_of(snapshot, kOwn);
    }
    void prepare(Case const& one) const {
        ask({"FLUSHALL"});
        for (auto const& command : one.before)
            ask(command);
    }

    // The keys of the call, in its order.
    std::vector<std::string> keys_of(Case const& one) const {
        std::vector<std::string> keys;
        for (auto const& name : fixed_keys(script))
            keys.push_back(key_named(name, value(one.args, "task_id")));
        if (script.item_key) {
            for (auto const& item : one.items)
                keys.push_back(key_named(script.item_key->name, value(item, "task_id")));
        }
        return keys;
    }
    std::string call(Case const& one) const {
        auto const keys = keys_of(one);
        Words command{"EVAL", script.source, std::to_string(keys.size())};
        command.insert(command.end(), keys.begin(), keys.end());
        for (auto const& argument : script.args)
            command.push_back(value(one.args, argument.name));
        for (auto const& item : one.items) {
            for (auto const& argument : script.item_args)
                command.push_back(value(item, argument.name));
        }
        return without_waits(testing::without_times(ask(command)));
    }
    // Idle times of an hour, and the time until a far day.
    static std::string without_waits(std::string const& text) {
        static std::regex const kHour(R"(\b36\d{5}\b)");
        static std::regex const kFarDay(R"(\b98\d{12}\b)");
        return std::regex_replace(std::regex_replace(text, kHour, "<hour>"), kFarDay, "<far>");
    }

    // What the contract lets it change, as lines begin with it.
    std::vector<std::string> writable(Case const& one) const {
        std::vector<std::string> begins;
        auto const add = [&](std::string const& name, std::string const& task_id) {
            auto const base = name.substr(0, name.find('.'));
            if (std::ranges::find(script.writes, base) == script.writes.end()) return;
            auto key = key_named(name, task_id);
            if (key.starts_with(kOwn)) key.erase(0, kOwn.size());
            begins.push_back(key + " ");
        };
        for (auto const& name : fixed_keys(script))
            add(name, value(one.args, "task_id"));
        for (auto const& item : one.items)
            add(script.item_key ? script.item_key->name : "", value(item, "task_id"));
        return begins;
    }
    // Lines that only count.
    static bool only_counters(std::vector<std::string> const& changes) {
        return std::ranges::all_of(changes, [](auto const& line) {
            auto const changed = std::string_view(line).substr(2);
            return changed.starts_with("stats ") || changed.starts_with("leat:epoch ");
        });
    }

    static inline std::string const kOwn = "leat:{sentiment}:";

    testing::RedisServer server;
    Script const& script = script_named(GetParam());
    std::vector<Case> const& cases = cases_of(GetParam());
};

void append(std::string& text, std::string_view title, std::vector<std::string> const& lines) {
    text += "--- " + std::string(title) + "\n";
    for (auto const& line : lines)
        text += line + "\n";
}

TEST_P(ScriptContractTest, answers_and_changes_what_it_says) {
    ASSERT_FALSE(cases.empty()) << "write cases for " << script.name << " in script_cases.cpp";
    std::string transcript;
    std::string answers;
    for (auto const& one : cases) {
        SCOPED_TRACE(one.name);
        prepare(one);
        auto const before = lines();
        auto const reply = call(one);
        auto const after = lines();
        auto const changes = testing::difference(before, after);
        answers += reply.substr(0, reply.find('\n'));
        for (auto const& change : changes) {
            auto const begins = [&](auto const& key) { return change.substr(2).starts_with(key); };
            EXPECT_TRUE(std::ranges::any_of(writable(one), begins)) << "not in @writes: " << change;
        }
        transcript += "=== " + one.name + "\n";
        append(transcript, "before", before);
        append(transcript, "reply", {reply});
        append(transcript, "changes", changes);

        auto const again = call(one);
        auto const changed_again = testing::difference(after, lines());
        append(transcript, "reply to the second send", {again});
        append(transcript, "changes", changed_again);
        transcript += "\n";
        EXPECT_TRUE(only_counters(changed_again)) << ::testing::PrintToString(changed_again);
    }
    for (auto const& status : script.statuses)
        EXPECT_NE(answers.find(status.code), std::string::npos)
            << "no case answers " << status.code << " " << status.name;

    std::string const file = LEAT_CASES_FOLDER "/" + script.name + ".txt";
    if (std::getenv("LEAT_UPDATE_GOLDEN") != nullptr) std::ofstream(file, std::ios::binary) << transcript;
    std::ifstream stream(file, std::ios::binary);
    std::string const expected{std::istreambuf_iterator<char>(stream), {}};
    EXPECT_EQ(transcript, expected)
        << "If this is meant, run the test with LEAT_UPDATE_GOLDEN=1 and read the difference.";
}

// A key that somebody deleted: an answer as always, or an error that changed nothing; never a script that breaks.
TEST_P(ScriptContractTest, does_no_harm_where_a_key_is_missing) {
    for (auto const& one : cases) {
        for (auto const& key : keys_of(one)) {
            SCOPED_TRACE(one.name + " without " + key);
            prepare(one);
            ask({"DEL", key});
            auto const before = lines();
            auto const reply = call(one);
            EXPECT_THAT(reply, ::testing::Not(::testing::HasSubstr("script:")));
            if (reply.starts_with("ERR")) {
                EXPECT_EQ(lines(), before) << reply;
            }
        }
    }
}

// A key that holds something else: an error that changed nothing, or an answer that left this key alone. Only the
// record of a task that is settled is written whatever was there: its outcome must not be lost.
TEST_P(ScriptContractTest, does_no_harm_where_a_key_has_a_wrong_type) {
    for (auto const& one : cases) {
        for (auto const& key : keys_of(one)) {
            SCOPED_TRACE(one.name + " with a wrong " + key);
            prepare(one);
            ask({"DEL", key});
            ask({"SADD", key, "a set is nowhere right"});
            auto const before = lines();
            auto const reply = call(one);
            EXPECT_THAT(reply, ::testing::Not(::testing::HasSubstr("attempt to")));
            if (reply.starts_with("WRONGTYPE") || reply.starts_with("ERR")) {
                EXPECT_THAT(reply, ::testing::StartsWith("WRONGTYPE"));
                EXPECT_EQ(lines(), before);
            } else {
                bool const is_record = key.find(":task:") != std::string::npos;
                auto const type = ask({"TYPE", key});
                EXPECT_TRUE(type == "set" || (script.name == "settle" && is_record && type == "string")) << reply;
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Scripts, ScriptContractTest, ::testing::ValuesIn(names_of_scripts()),
                         [](auto const& script) { return script.param; });

TEST(ScriptCases, belong_to_scripts_that_exist) {
    for (auto const& [name, cases] : script_cases())
        EXPECT_THAT(names_of_scripts(), ::testing::Contains(name));
}

}  // namespace
}  // namespace leat::scripts_contract
