// Every fault of the server, the network and the data, without a run around it: it does what it says, undoes it, and
// leaves a server that works.
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <map>
#include <set>

#include "chaos/fault.hpp"
#include "chaos/fault_proxy.hpp"
#include "chaos/fault_steps.hpp"
#include "chaos/fleet.hpp"

namespace leat::cli::chaos {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

fs::path make_folder() {
    auto pattern = (fs::temp_directory_path() / "leat-faults-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    return pattern;
}

class FaultTest : public ::testing::Test {
  protected:
    FaultTest() {
        auto const started = server_.start();
        if (!started) throw std::runtime_error(started.error().message());
        proxy_ = std::make_unique<FaultProxy>(server_.url(), folder_ / "proxy.sock");
        link_ = RedisLink::open({.redis = server_.url()}).value();
        outside_ = RedisLink::open({.redis = proxy_->url()}).value();
    }
    ~FaultTest() override {
        outside_.reset();
        link_.reset();
        proxy_.reset();
        server_.kill();
        fs::remove_all(folder_);
    }

    // Runs the fault of that name with this seed; each wait passes, and `meanwhile` is called in it.
    Result<void> run(
        std::string_view name, std::uint64_t seed = 1, std::function<void()> meanwhile = [] {}) {
        auto const* const kind = find_fault(name);
        if (kind == nullptr) throw std::runtime_error("no such fault");
        FaultContext context{.workers = none_,
                             .producers = none_,
                             .server = &server_,
                             .proxy = proxy_.get(),
                             .redis = *link_,
                             .space = space_,
                             .agents = agents_,
                             .lease = kLease,
                             .folder = folder_,
                             .random = core::Random(seed),
                             .salt = ++salt_,
                             .shims = LEAT_SHIMS,
                             .wait = {},
                             .wait_until = {},
                             .note = [this](std::string_view text) { notes_.emplace_back(text); },
                             .harm_begins =
                                 [this] {
                                     ++harms_;
                                     at_harm_();
                                 },
                             .harm_hits = [](auto) {},
                             .taken = [this] { ++takes_; },
                             .read_archive = [this]() -> Result<void> {
                                 before_taken_ = text(link_->command({"exists", "key"}));
                                 return {};
                             },
                             .restart_server = [this](auto const& while_stopped) -> Result<void> {
                                 server_.stop();
                                 while_stopped();
                                 return server_.start();
                             },
                             .damaged = [this](std::string_view, std::string_view task,
                                               std::string_view what) { damaged_[std::string(task)].emplace(what); }};
        context.wait = [&](Milliseconds time) {
            meanwhile();
            boost::asio::io_context timers;
            boost::asio::steady_timer(timers, time).wait();
            return true;
        };
        context.wait_until = [&](std::function<bool()> const& condition, Milliseconds timeout) {
            auto const deadline = std::chrono::steady_clock::now() + timeout;
            while (!condition()) {
                if (std::chrono::steady_clock::now() > deadline) return false;
                context.wait(10ms);
            }
            return true;
        };
        auto done = kind->run(context);
        if (!done) notes_.push_back(done.error().message());
        return done;
    }
    // The reply to a command of a client behind the proxy, or the error.
    std::string ask(std::vector<std::string> const& words, Milliseconds patience = 30s) {
        return text(outside_->command(words, patience));
    }
    static std::string text(Result<redis::Reply> const& reply) {
        if (!reply) return reply.error().detail;
        auto const root = reply->root();
        return root.integer() ? std::to_string(*root.integer()) : std::string(root.text());
    }
    void expect_healthy() {
        EXPECT_EQ(ask({"set", "after", "1"}), "OK");
        for (auto const* const setting : {"maxmemory", "port"})
            EXPECT_EQ(config(*link_, setting).value(), "0") << setting;
        EXPECT_EQ(config(*link_, "appendfsync").value(), "everysec");
    }
    std::string add_message(std::string const& task) {
        return ask({"xadd", keys_.lane(Lane::normal), "*", "task_id", task, "payload", "{}"});
    }

    static constexpr Milliseconds kLease{150};
    static constexpr int kCuts = 5;  // power cuts tried until one takes something

    fs::path folder_ = make_folder();
    ServerProcess server_{{.folder = folder_ / "redis"}};
    std::unique_ptr<FaultProxy> proxy_;
    std::unique_ptr<RedisLink> link_;
    std::unique_ptr<RedisLink> outside_;
    Fleet none_{{.role = "none", .count = 0, .command = {}, .log = {}}, core::Random(1)};
    store::KeySpace space_{"chaos"};
    std::vector<std::string> agents_{"one"};
    store::AgentKeys keys_ = space_.agent("one");
    std::uint64_t salt_ = 0;
    int harms_ = 0;
    int takes_ = 0;
    std::string before_taken_;
    std::function<void()> at_harm_ = [] {};
    std::vector<std::string> notes_;
    std::map<std::string, std::set<std::string>> damaged_;
};

TEST_F(FaultTest, NamesAreUniqueAndEveryFaultSaysWhatItDoes) {
    std::set<std::string_view> names;
    for (auto const& fault : all_faults()) {
        EXPECT_TRUE(names.insert(fault.name).second) << fault.name;
        EXPECT_FALSE(fault.sentence.empty()) << fault.name;
        EXPECT_FALSE(fault.rows.empty()) << fault.name;
        EXPECT_EQ(find_fault(fault.name), &fault);
    }
    EXPECT_EQ(find_fault("nothing"), nullptr);
}

TEST_F(FaultTest, AKilledServerComesBackWithItsData) {
    for (auto const* const name : {"redis-kill", "redis-kill-everysec"}) {
        EXPECT_EQ(ask({"set", "key", name}), "OK");
        auto const pid = server_.pid();
        ASSERT_TRUE(run(name).has_value());
        EXPECT_NE(server_.pid(), pid);
        EXPECT_EQ(ask({"get", "key"}), name);
        expect_healthy();
    }
}

TEST_F(FaultTest, PowerLossTakesTheUnsyncedOnly) {
    EXPECT_EQ(ask({"set", "old", "1"}), "OK");
    int round = 0;
    auto const write = [&] { ask({"set", "round", std::to_string(++round)}); };
    auto const took_some = [&] { return !notes_.empty() && !notes_.back().starts_with("power cut: 0 bytes"); };
    // Redis syncs when a second has passed, so at most one of two writes in a row; unless the second ends between them.
    at_harm_ = [&] {
        write();
        write();
    };
    for (int cut = 1; cut <= kCuts && !took_some(); ++cut) {
        ASSERT_TRUE(run("power-loss", 1, write).has_value());
        EXPECT_EQ(harms_, cut);
        EXPECT_EQ(ask({"get", "old"}), "1");
        EXPECT_TRUE(server_.options().environment.empty());
        expect_healthy();
    }
    EXPECT_TRUE(took_some()) << notes_.back();
    EXPECT_LT(std::stoi(ask({"get", "round"})), round);
}

TEST_F(FaultTest, AnEmptyRestartTakesEverything) {
    EXPECT_EQ(ask({"set", "key", "1"}), "OK");
    ASSERT_TRUE(run("redis-empty-restart").has_value());
    EXPECT_EQ(before_taken_, "1") << "the archive is read before it goes";
    EXPECT_EQ(takes_, 1);
    EXPECT_EQ(ask({"exists", "key"}), "0");
    expect_healthy();
}

TEST_F(FaultTest, AFullDiskIsNoticedAndGetsRoom) {
    for (std::uint64_t const seed : {1, 2, 3, 4}) {  // both policies
        EXPECT_EQ(ask({"set", "key", std::to_string(seed)}), "OK");
        auto const done = run("disk-full", seed, [&] { ask({"set", "filler", std::string(100, 'x')}, 100ms); });
        if (!done && done.error().code == ErrorCode::unsupported) GTEST_SKIP() << done.error().message();
        ASSERT_TRUE(done.has_value()) << done.error().message();
        EXPECT_EQ(ask({"get", "key"}), std::to_string(seed));
        expect_healthy();
        EXPECT_FALSE(fs::exists(folder_ / "redis" / "appendonlydir.kept"));
        EXPECT_FALSE(fs::exists(folder_ / "redis" / "appendonlydir" / "ballast"));
    }
    EXPECT_EQ(std::set<std::string>(notes_.begin(), notes_.end()),
              (std::set<std::string>{"the disk is full: the server has ended",
                                     "the disk is full: the server refuses writes"}));
}

TEST_F(FaultTest, WithoutMemoryWritesAreRefused) {
    std::set<std::string> replies;
    ASSERT_TRUE(run("maxmemory", 1, [&] { replies.insert(ask({"set", "key", "1"}).substr(0, 3)); }).has_value());
    EXPECT_TRUE(replies.contains("OOM"));
    expect_healthy();
}

TEST_F(FaultTest, FailoverLosesNoMoreThanTheLagAndHandsBack) {
    EXPECT_EQ(ask({"set", "old", "1"}), "OK");
    int before = 0;
    int at_promotion = 0;
    ASSERT_TRUE(run("failover", 1,
                    [&] {
                        if (harms_ == 1 && at_promotion == 0) at_promotion = before;
                        ask({"set", "round", std::to_string(++before)});
                    })
                    .has_value())
        << notes_.back();
    EXPECT_EQ(harms_, 1);
    EXPECT_GT(at_promotion, 0);
    EXPECT_EQ(ask({"get", "old"}), "1");
    EXPECT_EQ(text(link_->command({"get", "old"})), "1") << "the first server has the data, and its role";
    expect_healthy();
}

TEST_F(FaultTest, AStalledServerAnswersAfterwards) {
    for (std::uint64_t const seed : {1, 2, 3, 4}) {  // both ways
        auto const begin = std::chrono::steady_clock::now();
        ASSERT_TRUE(run("redis-stall", seed).has_value());
        EXPECT_GE(std::chrono::steady_clock::now() - begin, 2 * kLease);
        expect_healthy();
    }
    EXPECT_EQ(std::set<std::string>(notes_.begin(), notes_.end()).size(), 2U);
}

TEST_F(FaultTest, ScriptsAndConnectionsAreThrownAway) {
    auto const sha = ask({"script", "load", "return 1"});
    ASSERT_EQ(sha.size(), 40U);
    auto const connections = proxy_->counts().connections;
    ASSERT_TRUE(run("script-flush").has_value());
    EXPECT_TRUE(ask({"evalsha", sha, "0"}).starts_with("NOSCRIPT"));
    EXPECT_GT(proxy_->counts().connections, connections);
    expect_healthy();
}

TEST_F(FaultTest, StreamsGroupsAndConsumersGo) {
    auto const lane = keys_.lane(Lane::normal);
    for (std::uint64_t seed = 1; seed <= 16; ++seed) {
        ask({"del", lane});
        ask({"xgroup", "create", lane, "workers", "0", "mkstream"});
        add_message("task");
        ask({"xreadgroup", "group", "workers", "me", "count", "1", "streams", lane, ">"});
        add_message("other");
        ASSERT_TRUE(run("stream-gone", seed).has_value());
    }
    std::set<std::string> ways;
    for (auto const& note : notes_)
        ways.insert(note.substr(0, note.find(' ', note.find(' ') + 1)));
    EXPECT_EQ(ways.size(), 4U) << "each way came";
    std::set<std::string> const message{"message"};
    EXPECT_EQ(damaged_, (std::map<std::string, std::set<std::string>>{{"task", message}, {"other", message}}))
        << "the messages of a deleted stream";
}

TEST_F(FaultTest, OneThingIsCorrupted) {
    for (std::uint64_t seed = 1; seed <= 32; ++seed) {
        ask({"flushall"});
        add_message("waiting");
        ask({"set", keys_.task("waiting"), R"({"state":"ready"})"});
        ask({"zadd", keys_.scheduled, "1", "parked"});
        ask({"set", keys_.task("parked"), R"({"state":"scheduled"})"});
        ask({"zadd", space_.workers(), "1", "worker"});
        auto const notes = notes_.size();
        ASSERT_TRUE(run("corrupt-one", seed).has_value());
        ASSERT_EQ(notes_.size(), notes + 1) << "something was hit";
        auto const left = ask({"exists", keys_.lane(Lane::normal), keys_.scheduled, keys_.task("parked"),
                               keys_.task("waiting"), space_.workers()});
        bool const overwritten = notes_.back().starts_with("overwrote");
        bool const emptied = notes_.back().starts_with("deleted the message");  // an empty stream stays
        EXPECT_EQ(left, overwritten || emptied ? "5" : "4") << notes_.back();
    }
    EXPECT_EQ(std::set<std::string>(notes_.begin(), notes_.end()).size(), 6U) << "each way came";
    EXPECT_EQ(damaged_, (std::map<std::string, std::set<std::string>>{{"parked", {"whole"}},
                                                                      {"waiting", {"message", "record"}}}));
}

TEST_F(FaultTest, RepliesOfScriptsAreLost) {
    ASSERT_TRUE(run("drop-reply").has_value());
    EXPECT_EQ(notes_.size(), 4U);
    expect_healthy();
}

TEST_F(FaultTest, APartitionHeals) {
    auto const begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(run("partition").has_value());
    EXPECT_GE(std::chrono::steady_clock::now() - begin, kLease * 3 / 2);
    expect_healthy();
}

TEST_F(FaultTest, ASlowLinkIsSlow) {
    Milliseconds slowest{0};
    ASSERT_TRUE(run("slow-link", 1, [&] {
                    auto const begin = std::chrono::steady_clock::now();
                    ask({"ping"});
                    slowest = std::max(
                        slowest, std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - begin));
                }).has_value());
    EXPECT_GE(slowest, 2 * kLease / 15);
    expect_healthy();
}

TEST_F(FaultTest, TheClockOfTheServerJumps) {
    auto const seconds = [this] {
        auto const time = link_->command({"time"});
        return time ? std::stoll(std::string(time->root()[0].text())) : 0;  // it may be starting
    };
    auto const begin = seconds();
    std::set<std::int64_t> hours;
    for (std::uint64_t const seed : {1, 2, 3, 4}) {
        auto const jumped = run("server-clock", seed, [&] {
            if (auto const now = seconds(); now != 0) hours.insert((now - begin + 1'800 * 10) / 3'600 - 5);
        });
        ASSERT_TRUE(jumped.has_value());
    }
    EXPECT_TRUE(hours.contains(0));
    EXPECT_TRUE(hours.contains(-1) || hours.contains(1));
    EXPECT_FALSE(hours.contains(5));
    expect_healthy();
}

}  // namespace
}  // namespace leat::cli::chaos
