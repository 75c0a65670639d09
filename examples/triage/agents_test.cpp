#include "triage/agents.hpp"

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/silent_context.hpp"

namespace triage {
namespace {

// Stores tasks as the server does: the same id once.
struct TriageTest : testing::Test {
    examples::SilentContext context;
    std::map<std::string, leat::json> tasks;  // "agent/id" → payload
    std::vector<std::string> traceparents;
    std::optional<leat::Error> error;
    leat::DispatchStatus refusal = leat::DispatchStatus::created;
    Agents agents{[this](std::string const& agent, leat::json const& payload,
                         leat::DispatchOptions const& options) -> leat::Result<leat::Receipt> {
        traceparents.push_back(options.traceparent);
        if (error) return std::unexpected(*error);
        if (refusal == leat::DispatchStatus::full) return leat::Receipt{options.id, refusal, {}};
        bool const created = tasks.emplace(agent + "/" + options.id, payload).second;
        auto const status = created ? leat::DispatchStatus::created : leat::DispatchStatus::duplicate;
        return leat::Receipt{options.id, status, leat::TaskState::ready};
    }};

    leat::json classify(std::string const& text) {
        return agents.classify(leat::Task("m-1", "classify", leat::json{{"text", text}}.dump()), context);
    }
};

TEST_F(TriageTest, ComplaintsGetAReplyAndAreArchivedThen) {
    auto const classified = classify("The screen is broken, this is terrible.");
    EXPECT_EQ(classified["label"], "negative");
    EXPECT_EQ(classified["next"], "reply");
    EXPECT_EQ(classified["next_id"], "m-1:reply");
    ASSERT_EQ(tasks.size(), 1U);

    auto const payload = tasks.at("reply/m-1:reply");
    auto const replied = agents.reply(leat::Task("m-1:reply", "reply", payload.dump()), context);
    EXPECT_EQ(replied["next_id"], "m-1:archive");
    EXPECT_FALSE(replied["draft"].get<std::string>().empty());

    auto const archived =
        agents.archive(leat::Task("m-1:archive", "archive", tasks.at("archive/m-1:archive").dump()), context);
    EXPECT_EQ(archived, (leat::json{{"message_id", "m-1"}, {"answered", true}}));
    EXPECT_EQ(tasks.size(), 2U);
}

TEST_F(TriageTest, TheTraceIsHandedOn) {
    classify("Broken again, awful!");
    agents.reply(leat::Task("m-1:reply", "reply", tasks.at("reply/m-1:reply").dump()), context);
    EXPECT_EQ(traceparents, (std::vector<std::string>(2, context.traceparent())));
}

TEST_F(TriageTest, AllOthersAreArchived) {
    EXPECT_EQ(classify("Wonderful, thank you!")["next"], "archive");
    EXPECT_EQ(classify("Where is my invoice?")["next"], "archive");
    auto const archived =
        agents.archive(leat::Task("m-1:archive", "archive", tasks.at("archive/m-1:archive").dump()), context);
    EXPECT_EQ(archived["answered"], false);
}

TEST_F(TriageTest, RunningAgainCreatesNothingTwice) {
    auto const first = classify("Broken again, awful!");
    EXPECT_EQ(classify("Broken again, awful!"), first);
    auto const payload = tasks.at("reply/m-1:reply");
    for (int run = 0; run < 3; ++run)
        agents.reply(leat::Task("m-1:reply", "reply", payload.dump()), context);
    EXPECT_EQ(tasks.size(), 2U);
}

TEST_F(TriageTest, AFailedDispatchIsARetry) {
    error = leat::Error{leat::ErrorCode::unknown_outcome, "dispatch", "the connection broke"};
    EXPECT_THROW(classify("awful"), std::runtime_error);
    error->code = leat::ErrorCode::invalid_input;
    EXPECT_THROW(classify("awful"), leat::Dead);
    error.reset();
    refusal = leat::DispatchStatus::full;
    EXPECT_THROW(classify("awful"), leat::RetryAfter);
}

TEST_F(TriageTest, APayloadWithoutTextIsDead) {
    for (char const* payload : {"{}", "7", R"({"text":7})"}) {
        EXPECT_THROW(agents.classify(leat::Task("m-1", "classify", payload), context), leat::Dead) << payload;
        EXPECT_THROW(agents.reply(leat::Task("m-1", "reply", payload), context), leat::Dead) << payload;
        EXPECT_THROW(agents.archive(leat::Task("m-1", "archive", payload), context), leat::Dead) << payload;
    }
}

}  // namespace
}  // namespace triage
