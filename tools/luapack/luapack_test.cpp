#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>

#include "generate.hpp"
#include "lua_tokens.hpp"
#include "script.hpp"
#include "sha1.hpp"

namespace luapack {
namespace {

using ::testing::HasSubstr;

// A script that is in order and uses everything that a contract can say.
constexpr std::string_view kGood = R"(-- give: hands things out.
-- @key    ready{high,low}  stream   things
-- @key    stats            hash     totals
-- @keys   records          string   one per item
-- @arg    owner            name     who gets them
-- @args   thing            name     which
-- @args   weight           integer
-- @status g given          it is yours
-- @status n none
-- @reply  one status character per item
-- @writes ready records
-- @retry  safe: it is yours already
-- @cost   O(items)
local call = redis.call
local ready = {high = KEYS[1], low = KEYS[2]}
local stats = KEYS[3]
local records = {unpack(KEYS, 4)}
local owner = ARGV[1]
local given, none = 'g', 'n'
-- @include twice

local replies = {}
for item = 1, #records do
    local at = 1 + (item - 1) * 2
    local thing, weight = ARGV[at + 1], ARGV[at + 2]
    if call('HGET', stats, thing) then
        call('XADD', ready.high, '*', owner, weight)
        redis.pcall('SET', records[item], twice(weight))
        replies[item] = given
    else
        replies[item] = none
    end
end
return table.concat(replies)
)";

constexpr std::string_view kTwice = "local function twice(x)\n    return x .. x\nend\n";

std::optional<std::string> read_include(std::string_view name) {
    if (name == "twice") return std::string(kTwice);
    if (name == "nested") return "-- @include twice\nlocal nested = twice('aa')\n";
    if (name == "loop") return "-- @include loop\nlocal loop = 'aa'\n";
    return std::nullopt;
}

// The good script with one text replaced.
std::string changed(std::string_view from, std::string_view to) {
    std::string text(kGood);
    auto const at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

// The rule that a script breaks; empty where it is in order.
std::string broken_rule(std::string const& text) {
    try {
        check_script(parse_script("give", text, read_include));
    } catch (ScriptError const& error) {
        EXPECT_THAT(error.what(), HasSubstr("give.lua:"));
        return error.rule();
    }
    return "";
}

TEST(Luapack, accepts_a_script_that_is_in_order) {
    EXPECT_EQ(broken_rule(std::string(kGood)), "");
}

TEST(Luapack, reads_the_contract) {
    auto const script = parse_script("give", kGood, read_include);
    EXPECT_EQ(script.purpose, "hands things out.");
    ASSERT_EQ(script.keys.size(), 2U);
    EXPECT_EQ(script.keys[0].members, (std::vector<std::string>{"high", "low"}));
    EXPECT_EQ(script.keys[1].type, "hash");
    EXPECT_EQ(script.keys[1].meaning, "totals");
    EXPECT_EQ(script.fixed_keys(), 3U);
    EXPECT_EQ(script.item_key->name, "records");
    EXPECT_EQ(script.args.at(0).meaning, "who gets them");
    EXPECT_EQ(script.item_args.size(), 2U);
    EXPECT_EQ(script.statuses.at(1).name, "none");
    EXPECT_EQ(script.writes, (std::vector<std::string>{"ready", "records"}));
    EXPECT_EQ(script.retry, "safe: it is yours already");
}

struct Mistake {
    std::string_view from;
    std::string_view to;
    std::string_view rule;
};

TEST(Luapack, names_each_mistake) {
    constexpr std::array kMistakes{
        // The contract itself.
        Mistake{"-- give: hands", "-- take: hands", "header"},
        Mistake{"-- @reply  one status character per item\n", "", "header"},
        Mistake{"-- @writes ready records\n", "", "header"},
        Mistake{"-- @retry  safe: it", "-- @retry  maybe: it", "header"},
        Mistake{"-- @cost   O(items)\n", "", "header"},
        Mistake{"-- @cost   O(items)\n", "-- @cost   O(items)\n-- a remark\n", "header"},
        Mistake{"@arg    owner", "@argument owner", "header"},
        Mistake{"owner            name     who gets them", "owner", "header"},
        Mistake{"@arg    owner ", "@arg    own-er", "header"},
        Mistake{"@args   weight ", "@args   thing ", "header"},
        Mistake{"@status n none", "@status g none", "header"},
        Mistake{"@status n none", "@status no none", "header"},
        Mistake{"ready{high,low} ", "ready{high,lo-w}", "header"},
        Mistake{"-- @arg    owner            name     who gets them\n-- @args   thing            name     which\n",
                "-- @args   thing            name     which\n-- @arg    owner            name     who gets them\n",
                "header"},
        Mistake{"-- @include twice", "-- @include thrice", "include"},
        // Keys and arguments.
        Mistake{"local stats = KEYS[3]", "local stats = KEYS[4]", "wrong-read"},
        Mistake{"{high = KEYS[1], low = KEYS[2]}", "{high = KEYS[2], low = KEYS[1]}", "wrong-read"},
        Mistake{"{unpack(KEYS, 4)}", "{unpack(KEYS, 3)}", "wrong-read"},
        Mistake{"local owner = ARGV[1]", "local owner = ARGV[2]", "wrong-read"},
        Mistake{"ARGV[at + 1], ARGV[at + 2]", "ARGV[at + 2], ARGV[at + 1]", "wrong-read"},
        Mistake{"local owner = ARGV[1]\n", "", "unread"},
        Mistake{"local owner = ARGV[1]\n", "local owner = ARGV[1]\nlocal owner = ARGV[1]\n", "second-read"},
        Mistake{"'*', owner, weight", "'*', ARGV[1], weight", "stray-input"},
        Mistake{"call('HGET', stats", "call('HGET', KEYS[3]", "stray-input"},
        Mistake{"local replies = {}", "local replies = {}\nlocal extra = ARGV[7]", "stray-input"},
        Mistake{"'*', owner, weight", "'*', 'owner', weight", "unused"},
        Mistake{"1 + (item - 1) * 2", "1 + (item - 1) * 3", "item-offset"},
        Mistake{"1 + (item - 1) * 2", "(item - 1) * 2", "item-offset"},
        Mistake{"local replies = {}", "local replies = {}\nlocal items = #ARGV / 2", "item-count"},
        // Statuses.
        Mistake{"local given, none = 'g', 'n'", "local given, none = 'g', 'x'", "wrong-read"},
        Mistake{"local given, none = 'g', 'n'", "local given, none, late = 'g', 'n', 'l'", "undeclared-status"},
        Mistake{"replies[item] = none", "replies[item] = given", "unused"},
        // Commands.
        Mistake{"call('HGET', stats, thing)", "call('FLUSHALL', stats, thing)", "unknown-command"},
        Mistake{"call('HGET', stats, thing)", "call(owner, stats, thing)", "unknown-command"},
        Mistake{"call('HGET', stats, thing)", "call('HGET', 'leat:' .. thing, stats)", "undeclared-key"},
        Mistake{"call('HGET', stats, thing)", "call('HGET', thing, stats)", "undeclared-key"},
        Mistake{"'SET', records[item]", "'SET', thing", "undeclared-key"},
        Mistake{"-- @writes ready records", "-- @writes records", "undeclared-write"},
        Mistake{"-- @writes ready records", "-- @writes ready records stats", "unused-write"},
        Mistake{"-- @writes ready records", "-- @writes ready records owner", "unknown-write"},
        // Replies and flags.
        Mistake{"return table.concat(replies)", "return redis.error_reply('no ' .. owner)", "error-reply"},
        Mistake{"return table.concat(replies)", "return redis.status_reply(owner)", "error-reply"},
        Mistake{"local replies = {}", "local replies = {}\n#!lua flags=no-writes", "shebang"},
    };
    for (auto const& mistake : kMistakes) {
        EXPECT_EQ(broken_rule(changed(mistake.from, mistake.to)), mistake.rule)
            << "`" << mistake.from << "` → `" << mistake.to << "`";
    }
}

TEST(Luapack, tells_the_line_of_a_mistake) {
    try {
        check_script(parse_script("give", changed("call('HGET', stats", "call('HGET', KEYS[3]"), read_include));
        FAIL();
    } catch (ScriptError const& error) {
        EXPECT_THAT(error.what(), HasSubstr("give.lua:26: stray-input: "));
    }
}

TEST(Luapack, tells_which_include_a_mistake_is_in) {
    auto const read = [](std::string_view) { return "\n\nlocal text = KEYS[1]\n"; };
    try {
        check_script(parse_script("give", kGood, read));
        FAIL();
    } catch (ScriptError const& error) {
        EXPECT_THAT(error.what(), HasSubstr("include/twice.lua:3: stray-input: "));
    }
}

TEST(Luapack, ignores_comments_and_texts) {
    EXPECT_EQ(broken_rule(changed("local replies = {}", "local replies = {}  -- not KEYS[9] nor ARGV[9]")), "");
    EXPECT_EQ(broken_rule(changed("local replies = {}", "local replies = {}\nlocal text = 'KEYS[9] \\' ARGV[9]'")), "");
    EXPECT_EQ(broken_rule(changed("local replies = {}", "local replies = {}\nlocal text = [[ARGV]]")), "");
}

TEST(Luapack, puts_each_include_in_place_once) {
    auto const source =
        parse_script("give", changed("-- @include twice", "-- @include nested\n-- @include twice"), read_include)
            .source;
    EXPECT_THAT(source, HasSubstr(std::string(kTwice) + "local nested = twice('aa')\n\nlocal replies"));
    auto const loop = parse_script("give", changed("-- @include twice", "-- @include loop"), read_include).source;
    EXPECT_THAT(loop, HasSubstr("local given, none = 'g', 'n'\nlocal loop = 'aa'\n"));
}

TEST(Luapack, makes_cpp) {
    std::vector const scripts{parse_script("give", kGood, read_include)};
    EXPECT_EQ(generate_header(scripts), R"(#pragma once
// Generated by luapack from src/store/lua. Do not edit.
#include <array>
#include <cstddef>
#include <optional>

#include "redis/script.hpp"

namespace leat::store::scripts {

// give: hands things out.
// Keys: ready.high, ready.low, stats, records….
// Arguments: owner.
// Arguments per item: thing, weight.
// Reply: one status character per item.
extern redis::Script const kGive;
inline constexpr std::size_t kGiveKeys = 3;
enum class GiveCode : char {
    given = 'g',  // it is yours
    none = 'n',
};
// nullopt where the reply is no status of this script.
[[nodiscard]] std::optional<GiveCode> to_give_code(char code) noexcept;

// Every script.
extern std::array<redis::Script const*, 1> const kAll;

}  // namespace leat::store::scripts
)");
    EXPECT_EQ(generate_source(scripts), R"(// Generated by luapack from src/store/lua. Do not edit.
#include "scripts.gen.hpp"

namespace leat::store::scripts {

redis::Script const kGive{"give", R"lua()" + scripts[0].source +
                                            R"()lua",
    ")" + sha1_hex(scripts[0].source) + R"("};

std::optional<GiveCode> to_give_code(char code) noexcept {
    switch (static_cast<GiveCode>(code)) {
        case GiveCode::given:
        case GiveCode::none:
            return static_cast<GiveCode>(code);
    }
    return std::nullopt;
}

std::array<redis::Script const*, 1> const kAll{
    &kGive,
};

}  // namespace leat::store::scripts
)");
}

TEST(Luapack, makes_documentation) {
    std::vector const scripts{parse_script("give", kGood, read_include)};
    EXPECT_EQ(generate_docs(scripts), R"(### give

Hands things out.

| | |
| --- | --- |
| keys | ready.high, ready.low, stats, records… |
| arguments | owner |
| per item | thing, weight |
| reply | one status character per item |
| `g` given | it is yours |
| `n` none | |
| writes | ready, records |
| sent twice | safe: it is yours already |
| cost | O(items) |
)");
}

TEST(Luapack, knows_sha1) {
    EXPECT_EQ(sha1_hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(sha1_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    EXPECT_EQ(sha1_hex(std::string(1'000'000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST(LuaTokens, are_names_texts_numbers_and_symbols) {
    std::string seen;
    for (auto const& token : tokenize("local a = 'x\\'y' .. [[z]] ~= 1.5 -- c\n#t[2]")) {
        seen += std::to_string(token.line) + ":" + token.value + " ";
    }
    EXPECT_EQ(seen, "1:local 1:a 1:= 1:x\\'y 1:.. 1:z 1:~= 1:1.5 2:# 2:t 2:[ 2:2 2:] ");
    EXPECT_TRUE(tokenize("'never closed").size() == 1 && tokenize("[[ never").size() == 1 && tokenize("").empty());
}

std::string text_of(std::filesystem::path const& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// The page shows what the scripts say of themselves. To renew it: luapack --docs src/store/lua
TEST(Scripts, are_documented_word_for_word) {
    std::filesystem::path const root = LUAPACK_PROJECT_FOLDER;
    auto const page = text_of(root / "docs/keys-and-scripts.md");
    auto const contracts = generate_docs(load_folder(root / "src/store/lua"));
    auto const start = page.find("### ");
    ASSERT_NE(start, std::string::npos);
    EXPECT_EQ(page.substr(start), contracts);
}

}  // namespace
}  // namespace luapack
