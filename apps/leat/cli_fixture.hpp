#pragma once
// For tests of the program: a private server that tests may also reach past it, and short ways to run the program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "exit_code.hpp"
#include "leat/json.hpp"
#include "program_runner.hpp"
#include "store/store_fixture.hpp"

namespace leat::cli::testing {

// The agent `sentiment` is registered.
class CliFixture : public store::StoreFixture {
  protected:
    using StoreFixture::StoreFixture;
    using Arguments = std::vector<std::string>;

    // As the role under test.
    [[nodiscard]] std::string url() const { return leat::testing::url_as(server, leat::testing::tested_role()); }

    Outcome leat(Arguments const& arguments, std::string const& input = {}) {
        return run_leat(arguments, {{"LEAT_REDIS", url()}}, input);
    }
    // Runs it and expects success; answers what it printed.
    std::string text(Arguments const& arguments) {
        auto const outcome = leat(arguments);
        EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
        EXPECT_EQ(outcome.err, "");
        return outcome.out;
    }
    // The same with --json: the document it printed, with what differs from run to run masked.
    std::string shape(Arguments arguments) {
        arguments.emplace_back("--json");
        auto document = json::parse(text(arguments));
        mask(document);
        return document.dump();
    }
    // The same for a failing command: its exit code and the one line on stderr.
    void expect_failure(Arguments const& arguments, ExitCode code, std::string const& message,
                        std::string const& input = {}) {
        auto const outcome = leat(arguments, input);
        EXPECT_EQ(outcome.exit_code, static_cast<int>(code)) << ::testing::PrintToString(arguments);
        EXPECT_EQ(outcome.out, "");
        EXPECT_THAT(outcome.err, ::testing::StartsWith("leat: "));
        EXPECT_THAT(outcome.err, ::testing::HasSubstr(message));
        EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1) << outcome.err;
    }

    // A task that ended with a verdict of worker w1.
    void finished(std::string const& id, store::SettleVerdict how, std::string_view text,
                  std::string payload = "{\"n\":1}") {
        auto const delivery = start("w1", {.id = id, .payload = std::move(payload)});
        ASSERT_TRUE(settle("w1", verdict(delivery, how, text)));
    }
    void dead(std::string const& id, std::string_view error = "boom") {
        finished(id, store::SettleVerdict::dead, error);
    }

  private:
    static void mask(json& value) {
        static std::set<std::string> const volatile_keys{"created_at",
                                                         "started_at",
                                                         "finished_at",
                                                         "failed_at",
                                                         "beat_at",
                                                         "now",
                                                         "idle_ms",
                                                         "silent_ms",
                                                         "due_in_ms",
                                                         "oldest_idle_ms",
                                                         "oldest_ready_ms",
                                                         "next_due_in_ms",
                                                         "oldest_running_ms",
                                                         "letter",
                                                         "entry",
                                                         "elapsed_ms",
                                                         "at",
                                                         "after"};
        for (auto& [key, inner] : value.items()) {
            if (value.is_object() && volatile_keys.contains(key) && !inner.is_null()) {
                inner = "*";
            } else if (inner.is_structured()) {
                mask(inner);
            }
        }
    }
};

}  // namespace leat::cli::testing
