// A replica takes over: row 12 of the matrix.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdlib>
#include <memory>

#include "chaos/fault_proxy.hpp"
#include "chaos/fault_steps.hpp"

namespace leat::cli::chaos {
namespace {

using namespace std::chrono_literals;

constexpr Milliseconds kLag{200};
constexpr Milliseconds kLagDeclared = 2 * kLag;                 // what was written within it may be lost
constexpr Milliseconds kLagMeasured = kLagDeclared - kLag / 4;  // the rest is for the time until the kill
constexpr Milliseconds kReplicates{20'000};                     // a replica has its first copy, or a role has changed
constexpr std::string_view kLocal = "127.0.0.1";

// A port of this machine that nobody uses now.
std::uint16_t free_port() {
    boost::asio::io_context context;
    boost::asio::ip::tcp::acceptor const acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
    return acceptor.local_endpoint().port();
}

std::string loopback(std::string const& port) {
    return "redis://" + std::string(kLocal) + ":" + port;
}

Result<void> replicate(FaultContext& context, RedisLink& replica, std::string const& port) {
    auto const told = replica.command({"replicaof", std::string(kLocal), port});
    if (!told) return std::unexpected(told.error());
    auto const up = [&] {
        auto const status = info(replica, "replication", "master_link_status");
        return status && *status == "up";
    };
    if (!context.wait_until(up, kReplicates)) return fail(ErrorCode::unavailable, "chaos", "the replica has no copy");
    return {};
}

class Failover {
  public:
    explicit Failover(FaultContext& context) : context_(context) {}

    Result<void> run() {
        for (auto const step : {&Failover::make_replica, &Failover::promote, &Failover::rejoin, &Failover::hand_back}) {
            if (auto done = (this->*step)(); !done) return done;
        }
        return {};
    }

  private:
    Result<void> allow_replicas() {
        if (auto set = set_config(context_.redis, "repl-diskless-sync-delay", "0"); !set) return set;
        return set_config(context_.redis, "port", primary_port_);
    }

    Result<void> make_replica() {
        if (auto set = allow_replicas(); !set) return set;
        PrivateServerOptions options;
        options.folder = context_.folder / ("replica-" + std::to_string(context_.salt));
        options.arguments = {"--port", replica_port_, "--repl-diskless-sync-delay", "0"};
        // With the primary's clock, where a fault has set it: this one is not about clocks.
        options.environment = context_.server->options().environment;
        auto replica = PrivateServer::start(options);
        if (!replica) return std::unexpected(replica.error());
        replica_.emplace(std::move(*replica));
        auto link = RedisLink::open({.redis = replica_->url()});
        if (!link) return std::unexpected(link.error());
        link_ = std::move(*link);
        lagging_ = std::make_unique<FaultProxy>(loopback(primary_port_));
        auto const url = lagging_->url();
        if (auto copied = replicate(context_, *link_, url.substr(url.rfind(':') + 1)); !copied) return copied;
        ProxyFaults lag;
        lag.delay = kLag;
        lagging_->set(lag);
        [[maybe_unused]] bool const goes_on = context_.wait(2 * kLag) && wait_up_to(context_, context_.lease);
        return {};
    }

    // A busy machine makes a replica lag by more than what is declared: then it does not take over yet.
    Result<void> lag_as_declared() {
        auto const offset = [](RedisLink& link, std::string_view field) {
            auto const text = info(link, "replication", field);
            return text ? std::strtoll(text->c_str(), nullptr, 10) : -1;
        };
        auto const received_in_time = [&] {
            auto const written = offset(context_.redis, "master_repl_offset");
            auto const received = [&] { return offset(*link_, "slave_repl_offset") >= written; };
            return written >= 0 && context_.wait_until(received, kLagMeasured);
        };
        if (context_.wait_until(received_in_time, kReplicates)) return {};
        return fail(ErrorCode::unavailable, "chaos", "the replica lags by more than what the fault declares");
    }

    Result<void> promote() {
        if (auto lags = lag_as_declared(); !lags) return lags;
        context_.harm_begins();
        context_.note("the primary is lost, and with it what its replica has not received");
        context_.server->kill();
        context_.taken();
        lagging_.reset();
        if (auto const told = link_->command({"replicaof", "no", "one"}); !told) return std::unexpected(told.error());
        context_.proxy->retarget(replica_->url());
        [[maybe_unused]] bool const goes_on = context_.wait(context_.lease) && wait_up_to(context_, context_.lease);
        return {};
    }

    // With what it had, which the new primary replaces.
    Result<void> rejoin() {
        if (auto started = context_.server->start(); !started) return started;
        if (auto set = allow_replicas(); !set) return set;
        return replicate(context_, context_.redis, replica_port_);
    }

    // In order: nothing is lost.
    Result<void> hand_back() {
        // Refused until the replica has also told that it has its copy.
        Error refusal;
        auto const begun = [&] {
            auto const told = link_->command({"failover", "to", std::string(kLocal), primary_port_});
            if (!told) refusal = told.error();
            return told.has_value();
        };
        if (!context_.wait_until(begun, kReplicates)) return std::unexpected(refusal);
        auto const primary = [&] {
            auto const role = info(context_.redis, "replication", "role");
            return role && *role == "master";
        };
        bool const handed_back = context_.wait_until(primary, kReplicates);
        if (!handed_back) return fail(ErrorCode::unavailable, "chaos", "the replica did not hand back");
        context_.proxy->retarget(context_.server->url());
        return set_config(context_.redis, "port", "0");
    }

    FaultContext& context_;
    std::string primary_port_ = std::to_string(free_port());
    std::string replica_port_ = std::to_string(free_port());
    std::optional<PrivateServer> replica_;
    std::unique_ptr<RedisLink> link_;
    std::unique_ptr<FaultProxy> lagging_;  // between primary and replica
};

// Row 12.
Result<void> failover(FaultContext& context) {
    return Failover(context).run();
}

}  // namespace

std::vector<FaultKind> failover_faults() {
    return {
        {.name = "failover",
         .rows = "12",
         .sentence = "a replica that lags behind takes over; the old primary rejoins and gets its role back",
         .needs = {Need::own_server, Need::proxy},
         .excuse = {.duplicates = true, .overlaps = true, .losses = kLagDeclared, .after_leases = 1},
         .run = failover},
    };
}

}  // namespace leat::cli::chaos
