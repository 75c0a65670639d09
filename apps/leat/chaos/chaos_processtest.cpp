// The whole of it: a run with a fault is VALID, its history judged again is VALID, and spoiled in any way it is not.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>

#include "chaos/history_file.hpp"
#include "leat/json.hpp"
#include "program_runner.hpp"
#include "support/redis_server.hpp"

namespace leat::cli {
namespace {

using chaos::Entry;
using chaos::Op;
using chaos::Phase;
using testing::run_leat;

namespace fs = std::filesystem;

constexpr int kInvalid = 3;

// A run with its history, in a folder that goes with it.
class Recorded {
  public:
    explicit Recorded(std::vector<std::string> arguments) {
        std::string pattern = (fs::temp_directory_path() / "leat-history-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        auto const file = folder_ / "history.jsonl";
        arguments.insert(arguments.end(), {"--json", "--history", file});
        outcome = run_leat(arguments);
        if (auto read = chaos::read_history(file)) entries = std::move(read->entries);
    }
    ~Recorded() { fs::remove_all(folder_); }
    Recorded(Recorded const&) = delete;
    Recorded& operator=(Recorded const&) = delete;

    testing::Outcome outcome;
    std::vector<Entry> entries;

    // The exit code of judging these entries.
    [[nodiscard]] int judge(std::vector<Entry> const& changed) const {
        auto const file = folder_ / "changed.jsonl";
        std::ofstream stream(file, std::ios::trunc);
        for (auto const& entry : changed)
            stream << encode(entry) << '\n';
        stream.close();
        return run_leat({"chaos", "check", file}).exit_code;
    }

  private:
    fs::path folder_;
};

struct Spoil {
    char const* name;
    // Changes the entries; false where there was nothing to change.
    std::function<bool(std::vector<Entry>&)> change;
};

bool is_success(Entry const& entry) {
    return entry.op == Op::outcome && entry.status == "success";
}

// The entry that fits; npos where there is none.
template <class Fits>
std::size_t find(std::vector<Entry> const& entries, Fits fits) {
    auto const found = std::ranges::find_if(entries, fits);
    return found != entries.end() ? static_cast<std::size_t>(found - entries.begin()) : std::string::npos;
}

Spoil const kSpoils[] = {
    {"outcome_dropped",
     [](std::vector<Entry>& entries) {
         auto const at = find(entries, is_success);
         if (at == std::string::npos) return false;
         entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(at));
         return true;
     }},
    {"task_gone_without_a_trace",
     [](std::vector<Entry>& entries) {
         auto const at = find(entries, is_success);
         if (at == std::string::npos) return false;
         auto const task = entries[at].task;
         std::erase_if(entries, [&](Entry const& entry) {
             return entry.task == task && (entry.op == Op::outcome || entry.op == Op::event);
         });
         for (auto& entry : entries) {
             if (entry.task == task && entry.op == Op::record) entry.status = "missing";
         }
         return true;
     }},
    {"outcome_doubled",
     [](std::vector<Entry>& entries) {
         auto const at = find(entries, is_success);
         if (at == std::string::npos) return false;
         auto again = entries[at];
         again.count += 1'000'000;
         entries.insert(entries.begin() + static_cast<std::ptrdiff_t>(at), again);
         return true;
     }},
    {"digest_changed",
     [](std::vector<Entry>& entries) {
         auto const at = find(entries, is_success);
         if (at == std::string::npos) return false;
         entries[at].digest = "0123456789abcdef";
         return true;
     }},
    {"results_crossed",
     [](std::vector<Entry>& entries) {
         auto const one = find(entries, is_success);
         if (one == std::string::npos) return false;
         auto const other =
             find(entries, [&](Entry const& entry) { return is_success(entry) && entry.task != entries[one].task; });
         if (other == std::string::npos) return false;
         std::swap(entries[one].digest, entries[other].digest);
         return true;
     }},
    {"run_without_an_end",
     [](std::vector<Entry>& entries) {
         auto const at = find(entries, [](Entry const& entry) {
             return entry.op == Op::run && entry.phase == Phase::end && entry.status == "success";
         });
         if (at == std::string::npos) return false;
         entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(at));
         return true;
     }},
    {"effect_dropped",
     [](std::vector<Entry>& entries) {
         auto const success = find(entries, is_success);
         if (success == std::string::npos) return false;
         auto const fence = entries[success].fence;
         return std::erase_if(entries,
                              [&](Entry const& entry) { return entry.op == Op::effect && entry.fence == fence; }) > 0;
     }},
    {"nobody_handed_it_in",
     [](std::vector<Entry>& entries) {
         auto const at = find(entries, is_success);
         if (at == std::string::npos) return false;
         auto const task = entries[at].task;
         std::erase_if(entries, [&](Entry const& entry) {
             return entry.task == task && (entry.op == Op::dispatch || entry.op == Op::front);
         });
         return true;
     }},
    {"something_left",
     [](std::vector<Entry>& entries) {
         auto const at = find(entries, [](Entry const& entry) { return entry.op == Op::depth; });
         if (at == std::string::npos) return false;
         entries[at].value = 1;
         return true;
     }},
    {"faults_that_excuse_nothing",
     [](std::vector<Entry>& entries) {
         for (auto& entry : entries) {
             if (entry.op == Op::fault) entry.detail.clear();
         }
         return true;
     }},
};

TEST(ChaosRun, AKilledWorkerLosesAndDoublesNothingAndTheCheckerWouldSeeIt) {
    Recorded const recorded({"chaos", "--seed", "1", "--seconds", "8", "--fault", "worker-kill", "--rate", "40"});
    ASSERT_EQ(recorded.outcome.exit_code, 0) << recorded.outcome.out << recorded.outcome.err;
    auto const report = json::parse(recorded.outcome.out);
    EXPECT_EQ(report["verdict"], "VALID");
    EXPECT_GE(report["faults"]["worker-kill"].get<int>(), 1);
    EXPECT_GT(report["counts"]["handed_in"].get<int>(), 50);
    EXPECT_GT(report["counts"]["outcomes"]["succeeded"].get<int>(), 20);
    EXPECT_EQ(recorded.judge(recorded.entries), 0);
    for (auto const& spoil : kSpoils) {
        SCOPED_TRACE(spoil.name);
        auto entries = recorded.entries;
        EXPECT_TRUE(spoil.change(entries)) << "the history has nothing to spoil";
        EXPECT_EQ(recorded.judge(entries), kInvalid);
    }
}

TEST(ChaosRun, OnSomebodysServerLeavesNothingAndSkipsAloud) {
    leat::testing::RedisServer const server;
    auto const outcome = run_leat({"chaos", "--seed", "2", "--seconds", "2", "--faults", "redis-kill", "--rate", "20",
                                   "--json", "--redis", server.url()});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
    EXPECT_NE(outcome.err.find("SKIPPED redis-kill"), std::string::npos) << outcome.err;
    EXPECT_EQ(json::parse(outcome.out)["skipped"].size(), 1U);
    EXPECT_EQ(server.command({"DBSIZE"}), "0");
}

TEST(ChaosCheck, SaysWhatIsWrongWithAFile) {
    EXPECT_EQ(run_leat({"chaos", "check", "/nowhere/history.jsonl"}).exit_code, 4);
    EXPECT_EQ(run_leat({"chaos", "check"}).exit_code, 2);
    auto const bad = run_leat({"chaos", "--faults", "worker-kil"});
    EXPECT_EQ(bad.exit_code, 2);
    EXPECT_NE(bad.err.find("worker-kill"), std::string::npos) << bad.err;
}

}  // namespace
}  // namespace leat::cli
