#pragma once
// For tests of the store: a private server, straight-line calls of the coroutines, and looks at what the server holds.
// `client` and `store` have the rights of the role under test; the short forms do as admin what that role may not.
#include <gtest/gtest.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "redis/connect_options.hpp"
#include "redis/subscriber.hpp"
#include "store/scripts.hpp"
#include "store/store.hpp"
#include "support/acl_user.hpp"
#include "support/redis_client.hpp"
#include "support/redis_server.hpp"

namespace leat::store {

inline constexpr char const* kTraceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

class StoreFixture : public ::testing::Test {
  protected:
    explicit StoreFixture(std::vector<std::string> server_arguments = {})
        : server(testing::with_acl_users(std::move(server_arguments))),
          client(context, redis::parse_url(testing::url_as(server, testing::tested_role())).value()) {
        if (testing::tested_role() != AclRole::admin) {
            admin_.emplace(context, redis::parse_url(testing::url_as(server, AclRole::admin)).value());
            EXPECT_TRUE(wait(load_scripts(admin_->connection())));  // producers and viewers may not
        }
        EXPECT_TRUE(wait(as(AclRole::worker).register_agent(space, keys, std::chrono::seconds(30))));
    }

    template <class T>
    Result<T> wait(boost::asio::awaitable<Result<T>> call) {
        return client.wait(client.start(std::move(call)));
    }

    // The store as the role under test where that has the rights of `needed`, else as admin.
    Store as(AclRole needed) {
        auto const role = testing::tested_role();
        bool const may =
            role == AclRole::admin || role == needed || (role == AclRole::worker && needed == AclRole::producer);
        return Store(may ? client.connection() : admin_->connection());
    }

    // --- short forms of the transitions -----------------------------------------------------------------------------

    Result<DispatchReply> dispatch(DispatchItem item, std::optional<std::int64_t> max_waiting = {}) {
        std::array<DispatchItem, 1> const items{std::move(item)};
        auto const sender = as(AclRole::producer);
        auto replies = wait(sender.dispatch(keys, items, max_waiting));
        if (!replies) return std::unexpected(replies.error());
        return replies->at(0);
    }
    // Dispatches a task that must be new.
    void add(DispatchItem item) {
        auto const reply = dispatch(std::move(item));
        ASSERT_TRUE(reply) << reply.error().message();
        ASSERT_EQ(reply->status, DispatchStatus::created);
    }
    std::vector<Delivery> fetch(std::string_view consumer, Lane lane = Lane::normal, std::int64_t count = 100) {
        std::array<LaneCredit, 1> const credits{LaneCredit{lane, count}};
        auto const worker = as(AclRole::worker);
        auto deliveries = wait(worker.fetch(keys, consumer, credits));
        EXPECT_TRUE(deliveries);
        return deliveries.value_or(std::vector<Delivery>{});
    }
    // Dispatches a task and hands it to `consumer`.
    Delivery start(std::string_view consumer, DispatchItem item) {
        auto const lane = item.lane;
        add(std::move(item));
        auto deliveries = fetch(consumer, lane);
        EXPECT_EQ(deliveries.size(), 1U);
        return deliveries.empty() ? Delivery{} : std::move(deliveries.front());
    }
    static Held held(Delivery const& delivery) {
        return {delivery.lane, delivery.entry_id, delivery.count, delivery.message.task_id};
    }
    static Settlement verdict(Delivery const& delivery, SettleVerdict verdict, std::string_view text) {
        Settlement settlement;
        settlement.held = held(delivery);
        settlement.verdict = verdict;
        settlement.text = text;
        settlement.dead_kind = "failed";
        settlement.created_at = delivery.message.created_at;
        settlement.started_at = delivery.message.created_at + 5;
        return settlement;
    }
    Result<SettleStatus> settle(std::string_view consumer, Settlement const& settlement) {
        auto const worker = as(AclRole::worker);
        auto statuses = wait(worker.settle(keys, consumer, std::span(&settlement, 1), {}, kMinute, {}));
        if (!statuses) return std::unexpected(statuses.error());
        return statuses->at(0);
    }
    bool release(std::string_view consumer, Delivery const& delivery) {
        std::array const items{held(delivery)};
        auto const worker = as(AclRole::worker);
        auto const released = wait(worker.release(keys, consumer, items));
        return released && released->at(0);
    }
    std::vector<Delivery> reclaim(std::string_view consumer, Lane lane = Lane::normal) {
        auto const worker = as(AclRole::worker);
        auto reply = wait(worker.reclaim(keys, lane, consumer, std::chrono::minutes(1), "0-0", 100));
        EXPECT_TRUE(reply);
        return reply ? std::move(reply->deliveries) : std::vector<Delivery>{};
    }
    // As if the holder had been silent for an hour.
    void age(Delivery const& delivery, std::string_view consumer) {
        ask({"XCLAIM", keys.lane(delivery.lane), "workers", std::string(consumer), "0", delivery.entry_id, "IDLE",
             "3600000", "JUSTID"});
    }
    // As if the time of a scheduled task had come. Moves whatever is due.
    Result<PromoteReply> promote_due(std::string_view id) {
        ask({"ZADD", keys.scheduled, "XX", "1", std::string(id)});
        std::array const ids{std::string(id)};
        auto const worker = as(AclRole::worker);
        return wait(worker.promote(keys, ids));
    }

    // --- looks at the server ----------------------------------------------------------------------------------------

    std::string ask(std::vector<std::string> const& arguments) const { return server.command(arguments); }
    std::string record(std::string_view id) const { return ask({"GET", keys.task(id)}); }
    std::string ttl(std::string const& key) const { return ask({"TTL", key}); }
    std::string total(std::string_view field) const { return ask({"HGET", keys.stats, std::string(field)}); }
    std::string length(std::string const& stream) const { return ask({"XLEN", stream}); }
    std::string pending(Lane lane) const { return ask({"XPENDING", keys.lane(lane), "workers", "-", "+", "100"}); }
    // Fields of the newest entry of a stream.
    std::map<std::string, std::string> newest(std::string const& stream) const {
        std::istringstream lines(ask({"XREVRANGE", stream, "+", "-", "COUNT", "1"}));
        std::map<std::string, std::string> fields;
        std::string name;
        std::string value;
        std::getline(lines, fields["id"]);
        while (std::getline(lines, name) && std::getline(lines, value))
            fields[name] = value;
        return fields;
    }
    // Every key with its value in the server's serialised form. Equal snapshots: nothing changed.
    std::map<std::string, std::string> snapshot(std::set<std::string> const& without = {}) const {
        std::istringstream names(ask({"KEYS", "*"}));
        std::map<std::string, std::string> values;
        for (std::string name; std::getline(names, name);) {
            if (!without.contains(name)) values[name] = ask({"DUMP", name});
        }
        return values;
    }

    static constexpr std::int64_t kMinute = 29'000'000;

    testing::RedisServer server;
    boost::asio::io_context context;
    testing::RedisClient client;
    KeySpace space;
    AgentKeys keys = space.agent("sentiment");
    Store store{client.connection()};

  private:
    std::optional<testing::RedisClient> admin_;  // where `client` is not
};

// Collects what is published on one channel, from its construction on.
class Listener {
  public:
    Listener(boost::asio::io_context& context, testing::RedisClient& client, redis::ConnectOptions options,
             std::string const& channel)
        : client_(client),
          group_(context.get_executor()),
          subscriber_(context.get_executor(), std::move(options), events(), /*jitter_seed=*/1) {
        group_.spawn(subscriber_.run());
        subscriber_.subscribe(channel);
        EXPECT_TRUE(client_.until([this] { return subscribed_; }));
    }
    ~Listener() {
        subscriber_.close();
        EXPECT_TRUE(client_.until([this] { return group_.size() == 0; }));
    }
    Listener(Listener const&) = delete;
    Listener& operator=(Listener const&) = delete;

    // Waits until so many texts have come.
    std::vector<std::string> const& texts(std::size_t count) {
        EXPECT_TRUE(client_.until([&] { return texts_.size() >= count; }));
        return texts_;
    }

  private:
    redis::SubscriberEvents events() {
        redis::SubscriberEvents events;
        events.on_message = [this](std::string_view, std::string_view text) { texts_.emplace_back(text); };
        events.on_subscribed = [this](std::string_view) { subscribed_ = true; };
        return events;
    }

    testing::RedisClient& client_;
    async::TaskGroup group_;
    redis::Subscriber subscriber_;
    bool subscribed_ = false;
    std::vector<std::string> texts_;
};

}  // namespace leat::store
