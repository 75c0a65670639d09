#include "crash_points/crash_fixture.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "runtime/adoption.hpp"
#include "scripts.gen.hpp"
#include "store/audit_walk.hpp"
#include "store/store_front.hpp"
#include "store/store_worker.hpp"
#include "tasks/judge.hpp"

namespace leat::crash_points {
namespace {

using namespace std::chrono_literals;

constexpr std::array kCuts{CutAt::before_send, CutAt::before_reply, CutAt::after_reply};
constexpr std::size_t kSecondWithin = 3;  // commands after the first cut: reconnecting, sending again, the next step
constexpr int kCreditsPerFetch = 100;
constexpr int kTakeRounds = 8;    // more than the cuts of one point
constexpr int kLooks = 4;         // seen, missing, still missing, and one more
constexpr int kDrainRounds = 12;  // more than the crash and retry limits together can need
constexpr std::string_view kSuccessor = "successor";

bool is_end(std::string_view state) {
    return state == "succeeded" || state == "dead" || state == "cancelled" || state == "expired";
}

}  // namespace

// --- Actor ----------------------------------------------------------------------------------------------------------

Actor::Actor(CrashFixture& world, redis::ConnectOptions const& options, Fate fate)
    : world_(world),
      fate_(fate),
      client_(std::make_unique<testing::RedisClient>(world.context, options)),
      store_(client_->connection()) {
    EXPECT_TRUE(client_->until_connected());
}

void Actor::lost(Error const& error) {
    EXPECT_TRUE(error.code == ErrorCode::unknown_outcome || error.code == ErrorCode::unavailable) << error.message();
    if (fate_ == Fate::dies || ::testing::Test::HasFailure()) throw Died();
}

bool Actor::once(boost::asio::awaitable<Result<void>> call) {
    auto const result = client_->wait(client_->start(std::move(call)));
    if (!result) lost(result.error());
    return result.has_value();
}

std::vector<store::DispatchReply> Actor::dispatch(std::vector<DispatchItem> items) {
    auto replies =
        sure<std::vector<store::DispatchReply>>([&] { return store().dispatch(world_.keys, items, std::nullopt); });
    answered(items, replies);
    return replies;
}

std::vector<store::DispatchReply> Actor::dispatch_durably(std::vector<DispatchItem> items) {
    auto reply = sure<store::DurableReply>(
        [&] { return store().dispatch_durably(world_.keys, items, std::nullopt, Durability::replicated(1), 1ms); });
    EXPECT_FALSE(reply.shortfall.empty()) << "there is no replica";
    answered(items, reply.items);
    return std::move(reply.items);
}

void Actor::answered(std::vector<DispatchItem> const& items, std::vector<store::DispatchReply> const& replies) {
    for (std::size_t i = 0; i < items.size(); ++i) {
        EXPECT_NE(replies[i].status, DispatchStatus::full);
        world_.acknowledged_.insert(items[i].id);
        world_.limit_.try_emplace(items[i].id, items[i].max_retries.value_or(tasks::Message().max_retries));
    }
}

std::vector<Delivery> Actor::take(std::size_t count, Lane lane) {
    std::array const credits{store::LaneCredit{lane, kCreditsPerFetch}};
    std::vector<Delivery> all;
    for (int round = 0; round < kTakeRounds && all.size() < count; ++round) {
        auto some = once(store().fetch(world_.keys, consumer, credits));
        if (!some || some->empty()) {
            world_.age_all(world_.keyspace());
            some = reclaim(lane);
        }
        for (auto const& delivery : *some)
            world_.count_run(delivery);
        std::ranges::move(*some, std::back_inserter(all));
    }
    return all;
}

std::vector<Delivery> Actor::reclaim(Lane lane) {
    std::vector<Delivery> all;
    std::string cursor = "0-0";
    do {
        auto some = once(store().reclaim(world_.keys, lane, consumer, 1min, cursor, kCreditsPerFetch));
        if (!some) break;  // what it took belongs to this name now
        cursor = some->cursor;
        std::ranges::move(some->deliveries, std::back_inserter(all));
    } while (cursor != "0-0");
    return all;
}

std::vector<SettleStatus> Actor::settle(std::vector<Settlement> settlements, store::SettlePolicy const& policy) {
    return sure<std::vector<SettleStatus>>(
        [&] { return store().settle(world_.keys, consumer, settlements, policy, CrashFixture::kMinute, {}); });
}

// --- CrashFixture ---------------------------------------------------------------------------------------------------

std::size_t CrashFixture::points_ = 0;

// The server looks for reads whose BLOCK has passed that often.
CrashFixture::CrashFixture()
    : StoreFixture({"--hz", "500"}),
      proxy_path_((server.folder() / "cut.sock").string()),
      proxy_(std::make_unique<CuttingProxy>(context, proxy_path_, server.socket_path())) {}

CrashFixture::~CrashFixture() = default;

void CrashFixture::every_point(Scenario const& scenario) {
    auto const commands = try_point(scenario, {}, Fate::survives);
    std::size_t tried = 0;
    for (std::size_t first = 1; first <= commands; ++first) {
        for (auto const how : kCuts) {
            if (HasFailure()) return;
            try_point(scenario, {{first, how}}, Fate::dies);
            auto const all = try_point(scenario, {{first, how}}, Fate::survives);
            tried += 2;
            for (auto second = first + 1; second <= std::min(all, first + kSecondWithin); ++second) {
                for (auto const again : kCuts) {
                    if (HasFailure()) return;
                    // After the last reply the connection may or may not come back before the scenario ends.
                    try_point(scenario, {{first, how}, {second, again}}, Fate::survives);
                    if (proxy_->cuts_left() == 0) ++tried;
                }
            }
        }
    }
    points_ += tried;
    points_of_test_ += tried;
    write_points();
    std::cout << "crash points: " << tried << " (" << commands << " commands), " << points_ << " in all\n";
}

// Every test has a process of its own: their sum is told by crash_points.total.
void CrashFixture::write_points() const {
    std::filesystem::create_directories(LEAT_CRASH_POINTS);
    auto const* const test = ::testing::UnitTest::GetInstance()->current_test_info();
    std::ofstream(std::string(LEAT_CRASH_POINTS "/") + test->test_suite_name() + "." + test->name()) << points_of_test_;
}

void CrashFixture::count_run(Delivery const& delivery) {
    auto const& message = delivery.message;
    ++runs_[message.task_id];
    auto const [limit, is_new] = limit_.try_emplace(message.task_id, message.max_retries);
    EXPECT_EQ(message.max_retries, limit->second) << "the limit of task " << message.task_id << " has changed";
}

std::size_t CrashFixture::try_point(Scenario const& scenario, std::vector<Cut> const& cuts, Fate fate) {
    start_over();
    scenario.before();
    auto const user = testing::uses_acl() ? std::string(to_string(testing::tested_role())) + ":pw@" : std::string();
    auto options = redis::parse_url("unix://" + user + proxy_path_).value();
    options.reconnect_delay_min = options.reconnect_delay_max = 1ms;  // reconnecting is no part of what is tested
    auto actor = std::make_unique<Actor>(*this, options, fate);
    proxy_->arm(cuts);
    bool died = false;
    try {
        scenario.act(*actor);
    } catch (Died const&) {
        died = true;
    }
    auto const commands = proxy_->commands().size();
    std::string trace = fate == Fate::dies ? "the caller dies" : "the caller survives";
    for (auto const& cut : cuts) {
        trace += std::string("; cut ").append(to_string(cut.at)) + " of command " + std::to_string(cut.command);
        if (cut.command <= commands) trace += " " + name_of(proxy_->commands()[cut.command - 1]);
    }
    SCOPED_TRACE(trace);
    EXPECT_TRUE(proxy_->cuts_left() == 0 || cuts.size() > 1) << "the scenario never came to this point";
    if (!scenario.damaged) expect_valid(keyspace(), "after the scenario");
    if (!died) scenario.after();
    actor.reset();
    if (scenario.damaged) audit();
    auto const end = drain();
    expect_valid(end, "after the drain");
    expect_no_loss(end);
    return commands;
}

void CrashFixture::start_over() {
    ask({"FLUSHALL"});
    ask({"SCRIPT", "FLUSH"});  // loading them again has points of its own
    acknowledged_.clear();
    runs_.clear();
    limit_.clear();
    ASSERT_TRUE(wait(store.register_agent(space, keys, 30s)));
}

testing::Keyspace CrashFixture::keyspace() const {
    return testing::Keyspace::read([this](auto const& command) { return ask(command); }, {.fronts = {kFront}});
}

void CrashFixture::expect_valid(testing::Keyspace const& now, std::string_view moment) {
    auto const violations = now.violations();
    EXPECT_TRUE(violations.empty()) << moment << ":\n" << testing::joined(violations);
}

void CrashFixture::age_all(testing::Keyspace const& now) const {
    for (auto const& [name, key] : now.snapshot()) {
        for (auto const& group : key.groups) {
            for (auto const& row : group.pending)
                ask({"XCLAIM", name, group.name, row.consumer, "0", row.entry, "IDLE", "3600000", "JUSTID"});
        }
    }
}

void CrashFixture::make_due(std::string const& id) const {
    auto record = nlohmann::json::parse(this->record(id));
    record["due"] = 1;
    ask({"SET", keys.task(id), record.dump()});
    ask({"ZADD", keys.scheduled, "XX", "1", id});
}

void CrashFixture::audit() {
    store::AuditWalk walk(client.connection(), keys, store::AuditMode::repair, 1min);
    ASSERT_TRUE(wait(store::mend(client.connection(), keys)));
    // Deliveries whose message is gone are dropped by the server when somebody claims them.
    for (int look = 0; look < kLooks; ++look) {
        age_all(keyspace());
        for (auto const lane : {Lane::critical, Lane::high, Lane::normal, Lane::low}) {
            if (look > 0) finish(StoreFixture::reclaim(kSuccessor, lane));
        }
        walk.restart();
        while (!walk.finished()) {
            auto const step = wait(walk.step(store::AuditWalk::Time(look * 1h)));
            ASSERT_TRUE(step) << step.error().message();
        }
    }
    auto const tally = wait(store::tally(client.connection(), keys));
    ASSERT_TRUE(tally) << tally.error().message();
    if (tally->drift() != 0) {
        EXPECT_EQ(wait(store::balance(client.connection(), keys, tally->drift())), true);
    }
}

testing::Keyspace CrashFixture::drain() {
    auto now = keyspace();
    for (int round = 0; round < kDrainRounds && !now.unrest().empty(); ++round) {
        age_all(now);
        for (auto const& [id, state] : now.tasks(keys.agent)) {
            if (state == "scheduled") {
                EXPECT_TRUE(promote_due(id));
            }
        }
        for (auto const lane : {Lane::critical, Lane::high, Lane::normal, Lane::low}) {
            if (length(keys.lane(lane)) == "0") continue;
            finish(StoreFixture::reclaim(kSuccessor, lane));
            finish(StoreFixture::fetch(kSuccessor, lane));
        }
        drain_front();
        now = keyspace();
    }
    auto const unrest = now.unrest();
    EXPECT_TRUE(unrest.empty()) << "after the drain:\n" << testing::joined(unrest);
    return now;
}

void CrashFixture::drain_front() {
    if (ask({"EXISTS", kFront}) == "0") return;
    auto& connection = client.connection();
    auto entries = wait(store::front_reclaim(connection, kFront, kSuccessor, kCreditsPerFetch, 1min));
    ASSERT_TRUE(entries) << entries.error().message();
    if (length(kFront) != "0") {
        auto fresh = wait(store::front_fetch(connection, kFront, kSuccessor, kCreditsPerFetch, 1ms));
        ASSERT_TRUE(fresh) << fresh.error().message();
        std::ranges::move(*fresh, std::back_inserter(*entries));
    }
    for (auto const& entry : *entries) {
        auto task = runtime::front_task_of(entry);
        if (!task) {
            EXPECT_TRUE(wait(store::front_refuse(connection, space, kFront, space.front_dead(), entry, task.error())));
            continue;
        }
        ASSERT_TRUE(StoreFixture::dispatch(task->item));
        std::array const ids{entry.entry_id};
        EXPECT_TRUE(wait(store::front_done(connection, space, kFront, ids)));
    }
}

void CrashFixture::finish(std::vector<Delivery> const& deliveries) {
    for (auto const& delivery : deliveries) {
        auto const& message = delivery.message;
        if (!delivery.malformed.empty()) {
            EXPECT_TRUE(wait(
                store.remove(keys, kSuccessor, held(delivery), store::RemovalKind::quarantined, delivery.malformed)));
        } else if (message.foreign) {
            auto item = runtime::dispatch_item_of(message, keys.agent, delivery.entry_id);
            ASSERT_TRUE(item) << item.error();
            ASSERT_TRUE(StoreFixture::dispatch(*item));
            EXPECT_TRUE(wait(store.remove(keys, kSuccessor, held(delivery), store::RemovalKind::adopted, "")));
        } else if (tasks::judge_before_run(message, delivery.count, AgentOptions())) {
            auto poison = ruled(delivery, SettleVerdict::dead);
            poison.dead_kind = tasks::kDeadPoison;
            EXPECT_EQ(StoreFixture::settle(kSuccessor, poison), SettleStatus::settled);
        } else {
            count_run(delivery);
            EXPECT_EQ(StoreFixture::settle(kSuccessor, ruled(delivery, SettleVerdict::success)), SettleStatus::settled);
        }
    }
}

Settlement CrashFixture::ruled(Delivery const& delivery, SettleVerdict verdict, std::int64_t delay_ms) {
    auto settlement = StoreFixture::verdict(delivery, verdict, "the text");
    settlement.attempt = delivery.message.attempts + 1;
    settlement.crashes = tasks::crashes_so_far(delivery.message, delivery.count);
    settlement.retry_count = delivery.message.retry_count + (verdict == SettleVerdict::retry ? 1 : 0);
    settlement.delay_ms = delay_ms;
    return settlement;
}

void CrashFixture::expect_end(std::string const& id, std::string const& end) const {
    auto const tasks = keyspace().tasks(keys.agent);
    auto const found = tasks.find(id);
    ASSERT_NE(found, tasks.end()) << "there is no record of " << id;
    EXPECT_EQ(found->second, end) << id;
}

void CrashFixture::expect_no_loss(testing::Keyspace const& end) {
    auto const tasks = end.tasks(keys.agent);
    for (auto const& id : acknowledged_) {
        auto const found = tasks.find(id);
        ASSERT_NE(found, tasks.end()) << "I1: task " << id << " was answered, and is gone";
        EXPECT_TRUE(is_end(found->second)) << "I1: task " << id << " is " << found->second;
        auto const again = StoreFixture::dispatch({.id = id, .payload = "{}"});
        EXPECT_TRUE(again && again->status == DispatchStatus::duplicate) << "I8: task " << id << " was made twice";
    }
    for (auto const& [id, runs] : runs_)
        EXPECT_LE(runs, limit_.at(id) + 1 + AgentOptions().max_crashes) << "I4: runs of task " << id;
}

std::string CrashFixture::name_of(std::string const& command) const {
    auto const script = std::ranges::find(store::scripts::kAll, command, [](auto const* s) { return s->sha1; });
    return script == store::scripts::kAll.end() ? command : std::string((*script)->name);
}

}  // namespace leat::crash_points
