#include "core/ids.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

#include "leat/task.hpp"

namespace leat::core {
namespace {

TEST(IdGenerator, MakesValidIdsOfFixedLength) {
    IdGenerator generator{Random(1)};
    for (std::int64_t const now : {std::int64_t{0}, std::int64_t{1'714'567'890'000}, std::int64_t{-5}, INT64_MAX}) {
        auto const id = generator.next(now);
        EXPECT_EQ(id.size(), 26U);
        EXPECT_TRUE(check_name("task id", id)) << id;
    }
}

TEST(IdGenerator, PutsTheTimeFirst) {
    IdGenerator generator{Random(1)};
    EXPECT_TRUE(generator.next(1).starts_with("0000000001"));
    EXPECT_TRUE(generator.next(32 * 32).starts_with("0000000100"));
}

TEST(IdGenerator, SortsByTimeOfMaking) {
    IdGenerator generator{Random(2)};
    Random random(3);
    std::vector<std::string> ids;
    std::int64_t now = 1'000'000;
    for (int i = 0; i < 50'000; ++i) {
        now += static_cast<std::int64_t>(random.below(5)) - 2;  // also backwards
        ids.push_back(generator.next(now));
    }
    EXPECT_TRUE(std::ranges::is_sorted(ids));
    EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end());
}

TEST(IdGenerator, RepeatsWithItsSeedAndDiffersWithAnother) {
    IdGenerator first{Random(1)}, same{Random(1)}, other{Random(2)};
    auto const id = first.next(7);
    EXPECT_EQ(same.next(7), id);
    EXPECT_NE(other.next(7), id);
}

TEST(IdGenerator, ServesManyThreads) {
    IdGenerator generator{Random::from_entropy()};
    std::vector<std::vector<std::string>> made(4);
    {
        std::vector<std::jthread> threads;
        for (auto& ids : made) {
            threads.emplace_back([&generator, &ids] {
                for (int i = 0; i < 2'000; ++i)
                    ids.push_back(generator.next(42));
            });
        }
    }
    std::set<std::string> all;
    for (auto const& ids : made)
        all.insert(ids.begin(), ids.end());
    EXPECT_EQ(all.size(), 8'000U);
}

TEST(ConsumerName, HasThreePartsOfTheAllowedAlphabet) {
    Random random(1);
    auto const name = consumer_name("web-1.example", 4711, random);
    EXPECT_TRUE(name.starts_with("web-1.example.4711.")) << name;
    EXPECT_EQ(name.size(), std::string_view("web-1.example.4711.").size() + 10);
    EXPECT_NE(consumer_name("web-1.example", 4711, random), name);
}

TEST(ConsumerName, RepairsStrangeHosts) {
    Random random(1);
    EXPECT_TRUE(consumer_name("b\xC3\xBC ro/1", 1, random).starts_with("b---ro-1.1."));
    EXPECT_TRUE(consumer_name("", 1, random).starts_with("host.1."));
    auto const longest = consumer_name(std::string(1'000, 'x'), INT64_MIN, random);
    EXPECT_TRUE(check_name("consumer", longest)) << longest;
}

TEST(HostName, IsNeverEmpty) {
    EXPECT_FALSE(host_name().empty());
}

TEST(RandomSource, StaysInItsBounds) {
    Random random(9);
    for (int i = 0; i < 1'000; ++i) {
        EXPECT_LT(random.below(10), 10U);
        auto const unit = random.unit();
        EXPECT_GE(unit, 0.0);
        EXPECT_LT(unit, 1.0);
    }
    EXPECT_EQ(random.below(0), 0U);
    EXPECT_EQ(random.below(1), 0U);
}

}  // namespace
}  // namespace leat::core
