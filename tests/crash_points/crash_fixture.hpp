#pragma once
// Runs a scenario once for every point where its connection may break, and checks the invariants after each.
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crash_points/cutting_proxy.hpp"
#include "store/store_fixture.hpp"
#include "support/keyspace.hpp"

namespace leat::crash_points {

using store::Delivery;
using store::DispatchItem;
using store::Settlement;
using store::SettleStatus;
using store::SettleVerdict;

// Thrown out of a scenario whose caller does not survive a cut: nothing of what it knew is left.
struct Died : std::exception {};

// What a caller is told after a cut.
enum class Fate : std::uint8_t {
    survives,  // it learns that the outcome is unknown, and goes on as its contract says
    dies,      // it is gone with the connection; others go on
};

class CrashFixture;

// The caller whose connection is cut: a client, a worker or an operator.
class Actor {
  public:
    Actor(CrashFixture& world, redis::ConnectOptions const& options, Fate fate);

    [[nodiscard]] store::Store const& store() const { return store_; }  // must outlive the calls that it makes
    [[nodiscard]] redis::Connection& connection() { return client_->connection(); }

    // Sends until the outcome is known, as settle, dispatch and all other steps that may be sent twice are.
    template <class T>
    T sure(std::function<boost::asio::awaitable<Result<T>>()> const& call);
    // Sends once; nothing where the outcome is unknown, as a fetch is.
    template <class T>
    std::optional<T> once(boost::asio::awaitable<Result<T>> call);
    bool once(boost::asio::awaitable<Result<void>> call);

    // --- what callers do --------------------------------------------------------------------------------------------

    std::vector<store::DispatchReply> dispatch(std::vector<DispatchItem> items);
    // The same, and waits until a replica has it, which there is none of.
    std::vector<store::DispatchReply> dispatch_durably(std::vector<DispatchItem> items);
    // Until it has `count` deliveries of a lane. What is lost with a connection stays pending under this name, comes
    // back when its lease has lapsed, and counts as a crash.
    std::vector<Delivery> take(std::size_t count, Lane lane = Lane::normal);
    // Takes over what others hold.
    std::vector<Delivery> reclaim(Lane lane = Lane::normal);
    std::vector<SettleStatus> settle(std::vector<Settlement> settlements, store::SettlePolicy const& policy = {});

    std::string const consumer = "actor";

  private:
    void lost(Error const& error);
    void answered(std::vector<DispatchItem> const& items, std::vector<store::DispatchReply> const& replies);

    CrashFixture& world_;
    Fate const fate_;
    std::unique_ptr<testing::RedisClient> client_;
    store::Store store_;
};

struct Scenario {
    std::function<void()> before = [] {};  // no connection breaks here
    std::function<void(Actor&)> act;       // one breaks somewhere here
    std::function<void()> after = [] {};   // what must hold where the actor survived
    bool damaged = false;  // somebody spoils the data: all is right again only after the audit of who comes next
};

class CrashFixture : public store::StoreFixture {
  protected:
    static inline std::string const kFront = "tasks";

    CrashFixture();
    ~CrashFixture() override;

    // Tries every point with a caller that dies and with one that survives, the latter also with a second cut soon
    // after.
    void every_point(Scenario const& scenario);

    // As if every holder of a delivery had been silent for an hour.
    void age_all(testing::Keyspace const& now) const;
    // As if the time of a scheduled task had come.
    void make_due(std::string const& id) const;
    // A verdict as a worker gives it, with the numbers that the next attempt needs.
    static Settlement ruled(Delivery const& delivery, SettleVerdict verdict, std::int64_t delay_ms = 0);
    // The end of a task that must have one. `end` is a state.
    void expect_end(std::string const& id, std::string const& end) const;
    [[nodiscard]] testing::Keyspace keyspace() const;

  private:
    friend class Actor;

    // Runs the scenario with these cuts; answers how many commands were sent.
    std::size_t try_point(Scenario const& scenario, std::vector<Cut> const& cuts, Fate fate);
    void start_over();
    // As the audit of a worker does it, with all the time that it needs between two looks.
    void audit();
    void count_run(Delivery const& delivery);
    void write_points() const;
    static void expect_valid(testing::Keyspace const& now, std::string_view moment);
    // Everything that is left is brought to its end by another worker, as a healthy one would.
    testing::Keyspace drain();
    void drain_front();
    void finish(std::vector<Delivery> const& deliveries);
    void expect_no_loss(testing::Keyspace const& end);
    [[nodiscard]] std::string name_of(std::string const& command) const;

    static std::size_t points_;
    std::size_t points_of_test_ = 0;

    std::string proxy_path_;
    std::unique_ptr<CuttingProxy> proxy_;
    std::set<std::string> acknowledged_;         // ids whose dispatch was answered
    std::map<std::string, int> runs_;            // by task: how often a handler would have run
    std::map<std::string, std::int64_t> limit_;  // by task: its max_retries
};

template <class T>
T Actor::sure(std::function<boost::asio::awaitable<Result<T>>()> const& call) {
    for (;;) {
        auto result = client_->wait(client_->start(call()));
        if constexpr (std::is_void_v<T>) {
            if (result) return;
        } else {
            if (result) return std::move(*result);
        }
        lost(result.error());
    }
}

template <class T>
std::optional<T> Actor::once(boost::asio::awaitable<Result<T>> call) {
    auto result = client_->wait(client_->start(std::move(call)));
    if (result) return std::move(*result);
    lost(result.error());
    return std::nullopt;
}

}  // namespace leat::crash_points
