// The lines of a history: they come back as they were written, and nothing else is taken for one.
#include "chaos/history.hpp"

#include <gtest/gtest.h>

#include "chaos/excuse.hpp"
#include "core/random.hpp"

namespace leat::cli::chaos {
namespace {

using namespace std::chrono_literals;

Entry full() {
    Entry entry{.t = 123'456'789, .proc = "worker-1", .op = Op::run, .phase = Phase::end};
    entry.agent = "slow";
    entry.task = "producer-1.0:17";
    entry.fence = "worker-1/9";
    entry.worker = "host.12.ab";
    entry.digest = task_digest("a", "b");
    entry.status = "retry";
    entry.detail = "quotes \" and \n lines, ä €, \x1b[2J";
    entry.call = 1;
    entry.attempt = 2;
    entry.value = -3;
    entry.count = 4;
    return entry;
}

TEST(History, ALineComesBackAsItWas) {
    auto const entry = full();
    auto const line = encode(entry);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    auto const back = decode(line);
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(*back, entry);
    EXPECT_EQ(decode(encode(Entry{.t = 1})), (Entry{.t = 1}));
}

TEST(History, EveryOpAndPhaseHasAName) {
    for (int op = 0; op <= static_cast<int>(Op::end); ++op) {
        Entry entry{.t = 1, .op = static_cast<Op>(op)};
        for (int phase = 0; phase <= static_cast<int>(Phase::end); ++phase) {
            entry.phase = static_cast<Phase>(phase);
            EXPECT_EQ(decode(encode(entry)), entry) << op << " " << phase;
        }
    }
}

TEST(History, LongAndBrokenTextsBecomeValidLines) {
    auto entry = full();
    entry.detail = std::string(100'000, 'x') + "\xff\xfe";
    auto const line = encode(entry);
    EXPECT_LE(line.size(), kLineMax);
    ASSERT_TRUE(decode(line));
    EXPECT_LE(decode(line)->detail.size(), kDetailMax);
}

TEST(History, RefusesWhatIsNoLine) {
    for (auto const* const line :
         {"", "{", "[]", "null", "12", R"({"op":"note"})", R"({"t":-1,"op":"note"})", R"({"t":"1","op":"note"})",
          R"({"t":1.5,"op":"note"})", R"({"t":1,"op":"dance"})", R"({"t":1,"op":"run","phase":"middle"})",
          R"({"t":1,"op":7})", R"({"t":1,"op":"note","task":7})", R"({"t":1,"op":"note","value":18446744073709551615})",
          R"({"t":9223372036854775807,"op":"note"})", R"({"t":1,"op":"note"} trailing)"}) {
        EXPECT_FALSE(decode(line)) << line;
    }
    EXPECT_FALSE(decode(std::string(kLineMax + 1, ' ')));
    std::string deep;
    for (int i = 0; i < 5'000; ++i)
        deep += "[";
    EXPECT_FALSE(decode(deep));
}

TEST(History, AnyChangedByteIsALineOrAnError) {
    core::Random random(3);
    auto const line = encode(full());
    for (int round = 0; round < 5'000; ++round) {
        auto spoiled = line;
        for (int i = 0; i < 3; ++i)
            spoiled[static_cast<std::size_t>(random.below(spoiled.size()))] = static_cast<char>(random.below(256));
        auto const entry = decode(spoiled);
        EXPECT_TRUE(!entry || decode(encode(*entry))) << spoiled;
    }
}

TEST(History, IgnoresFieldsOfLaterVersions) {
    auto const entry = decode(R"({"t":5,"p":"x","op":"note","later":{"a":[1]}})");
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->proc, "x");
}

TEST(History, SortsByTimeAndKeepsTheOrderOfEqualTimes) {
    std::vector<Entry> entries{{.t = 5, .proc = "a"}, {.t = 3, .proc = "b"}, {.t = 5, .proc = "c"}};
    sort_by_time(entries);
    EXPECT_EQ(entries[0].proc + entries[1].proc + entries[2].proc, "bac");
}

TEST(Digest, DependsOnIdAndPayload) {
    EXPECT_EQ(task_digest("a", "b"), task_digest("a", "b"));
    EXPECT_NE(task_digest("a", "b"), task_digest("b", "a"));
    EXPECT_NE(task_digest("ab", ""), task_digest("a", "b"));
    EXPECT_EQ(task_digest("", "").size(), 16U);
}

TEST(Excuse, ComesBackAsItWas) {
    Excuse const excuse{.duplicates = true,
                        .overlaps = true,
                        .early_runs = true,
                        .changes = true,
                        .losses = 2000ms,
                        .emptied = true,
                        .after = 100ms,
                        .after_leases = 1.5,
                        .processes = std::vector<std::string>{"worker-1", "worker-3"}};
    auto const text = encode(excuse, 2000ms);
    EXPECT_EQ(text, "duplicates overlaps early_runs changes losses=2000 emptied after=3100 only=worker-1,worker-3");
    auto const back = decode_excuse(text);
    EXPECT_TRUE(back.duplicates && back.overlaps && back.early_runs && back.changes && back.emptied);
    EXPECT_TRUE(back.hits("worker-1") && back.hits("worker-3"));
    EXPECT_FALSE(back.hits("worker-2") || back.hits(""));
    EXPECT_TRUE(decode_excuse("duplicates").hits("worker-2"));
    EXPECT_FALSE(decode_excuse("only=").hits("worker-2"));
    EXPECT_EQ(back.losses, 2000ms);
    EXPECT_EQ(back.after, 3100ms);
    EXPECT_EQ(encode(Excuse{}, 2000ms), "");
}

TEST(Excuse, WhatItDoesNotUnderstandExcusesNothing) {
    for (auto const* const text :
         {"", "  ", "everything", "losses", "losses=", "losses=-5", "losses=1e9", "losses=x"}) {
        auto const excuse = decode_excuse(text);
        EXPECT_FALSE(excuse.duplicates || excuse.overlaps || excuse.early_runs || excuse.losses) << text;
    }
}

}  // namespace
}  // namespace leat::cli::chaos
