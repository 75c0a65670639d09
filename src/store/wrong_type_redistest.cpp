// Keys that hold something else than Leat wrote: every transition answers `corrupt` and changes nothing.
#include <gmock/gmock.h>

#include <functional>

#include "store/audit.hpp"
#include "store/gauge.hpp"
#include "store/store_fixture.hpp"

namespace leat::store {
namespace {

using namespace std::chrono_literals;
using Call = std::function<ErrorCode()>;

class WrongTypeTest : public StoreFixture {
  protected:
    template <class T>
    static ErrorCode code_of(Result<T> const& result) {
        EXPECT_FALSE(result);
        return result ? ErrorCode::internal : result.error().code;
    }

    // Calls with each of the keys spoiled in turn.
    void expect_corrupt(std::vector<std::string> const& used, Call const& call) {
        for (auto const& key : used) {
            auto const kept = ask({"DUMP", key});
            ask({"DEL", key});
            ask({"SADD", key, "a set is nowhere right"});
            auto const before = snapshot();
            EXPECT_EQ(call(), ErrorCode::corrupt) << key;
            EXPECT_EQ(snapshot(), before) << key;
            ask({"DEL", key});
            if (!kept.empty()) ask({"RESTORE", key, "0", kept});
        }
    }
    std::vector<std::string> lanes_and(std::vector<std::string> others) const {
        others.insert(others.end(), keys.ready.begin(), keys.ready.end());
        return others;
    }
};

TEST_F(WrongTypeTest, dispatch) {
    // What a call may write to, or counts for its limit.
    expect_corrupt({keys.lane(Lane::normal), keys.stats, keys.control},
                   [&] { return code_of(dispatch({.id = "t1", .payload = "{}"})); });
    auto const all = lanes_and({keys.scheduled, keys.stats, keys.control});
    expect_corrupt(all, [&] { return code_of(dispatch({.id = "t1", .lane = Lane::high, .payload = "{}"})); });
    expect_corrupt(all, [&] { return code_of(dispatch({.id = "t1", .delay_ms = 1, .payload = "{}"})); });
    ask({"HSET", keys.control, "max_waiting", "5"});
    expect_corrupt(lanes_and({keys.scheduled, keys.stats}),
                   [&] { return code_of(dispatch({.id = "t1", .payload = "{}"})); });
}

TEST_F(WrongTypeTest, register_agent) {
    expect_corrupt(lanes_and({keys.control, keys.stats}),
                   [&] { return code_of(wait(store.register_agent(space, keys, 9s))); });
}

TEST_F(WrongTypeTest, settle) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    std::vector<std::string> used{keys.lane(Lane::normal), keys.results, keys.stats, keys.stats_minute(kMinute)};
    expect_corrupt(used, [&] { return code_of(settle("w1", verdict(delivery, SettleVerdict::success, "x"))); });
    used.push_back(keys.scheduled);
    used.push_back(keys.dead);
    for (auto const kind : {SettleVerdict::retry, SettleVerdict::dead}) {
        expect_corrupt(used, [&] { return code_of(settle("w1", verdict(delivery, kind, "x"))); });
    }
}

TEST_F(WrongTypeTest, leases) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    std::array const items{held(delivery)};
    auto const& lane = keys.lane(Lane::normal);
    expect_corrupt({lane}, [&] { return code_of(wait(store.renew(keys, "w1", items))); });
    expect_corrupt({lane, keys.stats}, [&] { return code_of(wait(store.release(keys, "w1", items))); });
    expect_corrupt({lane, keys.stats},
                   [&] { return code_of(wait(store.reclaim(keys, Lane::normal, "w2", 0ms, "0-0", 10))); });
    expect_corrupt({lane, keys.stats, keys.dead},
                   [&] { return code_of(wait(store.remove(keys, "w1", items[0], RemovalKind::quarantined, "x"))); });
    expect_corrupt({lane}, [&] { return code_of(wait(store.prune_consumer(keys, "w1"))); });
}

TEST_F(WrongTypeTest, audits) {
    std::vector<AuditItem> const items{{"t1", {}, {}}};
    auto& connection = client.connection();
    expect_corrupt(lanes_and({keys.scheduled, keys.results, keys.dead, keys.stats}),
                   [&] { return code_of(wait(audit(connection, keys, items, AuditMode::repair))); });
    expect_corrupt(lanes_and({keys.stats}), [&] { return code_of(wait(mend(connection, keys))); });
    expect_corrupt(lanes_and({keys.scheduled, keys.stats}),
                   [&] { return code_of(wait(balance(connection, keys, -1))); });
    expect_corrupt({keys.lane(Lane::low)},
                   [&] { return code_of(wait(survey(connection, keys, Lane::low, "0-0", 10))); });
}

TEST_F(WrongTypeTest, promote) {
    add({.id = "t1", .delay_ms = 60'000, .payload = "{}"});
    ask({"ZADD", keys.scheduled, "XX", "1", "t1"});
    std::array const ids{std::string("t1")};
    expect_corrupt(lanes_and({keys.scheduled, keys.stats}), [&] { return code_of(wait(store.promote(keys, ids))); });
}

TEST_F(WrongTypeTest, gauge) {
    expect_corrupt(lanes_and({keys.scheduled, keys.stats_minute(kMinute)}),
                   [&] { return code_of(wait(note_gauge(client.connection(), keys, kMinute))); });
}

TEST_F(WrongTypeTest, operators) {
    add({.id = "t1", .payload = "{}"});
    expect_corrupt({keys.lane(Lane::normal), keys.scheduled, keys.results, keys.stats, keys.task("t1")},
                   [&] { return code_of(wait(store.cancel(keys, "t1"))); });
    expect_corrupt(lanes_and({keys.task("t1")}), [&] { return code_of(wait(store.reprioritise(keys, "t1", 2))); });
    expect_corrupt({keys.lane(Lane::normal), keys.results, keys.dead, keys.task("t1")},
                   [&] { return code_of(wait(store.task(keys, "t1"))); });
    expect_corrupt({keys.control}, [&] { return code_of(wait(store.control(keys))); });
    expect_corrupt({keys.control}, [&] { return code_of(wait(store.set_paused(keys, true))); });

    auto const delivery = fetch("w1").at(0);
    ASSERT_EQ(settle("w1", verdict(delivery, SettleVerdict::dead, "x")), SettleStatus::settled);
    std::array const letters{ReplayItem{newest(keys.dead).at("id"), "t1"}};
    expect_corrupt(lanes_and({keys.dead, keys.stats}), [&] { return code_of(wait(store.replay(keys, letters))); });
}

}  // namespace
}  // namespace leat::store
