#include "store/task_log.hpp"

#include <gmock/gmock.h>

#include "store/store_fixture.hpp"
#include "store/store_inspect.hpp"

namespace leat::store {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;

class TaskLogTest : public StoreFixture {
  protected:
    LogWritten write(std::vector<LogLine> lines, std::int64_t dropped = 0) {
        return wait(written(client.connection(), keys, std::move(lines), dropped)).value();
    }
    void expect_written(std::vector<LogLine> lines, std::int64_t dropped = 0) {
        auto const written = write(std::move(lines), dropped);
        EXPECT_EQ(written.lost, 0);
        EXPECT_FALSE(written.error) << written.error->message();
    }
    LogPage read(std::string const& id, std::string const& cursor = "0-0", std::int64_t limit = kPageMax) {
        auto page = wait(read_log(client.connection(), keys, id, cursor, limit));
        EXPECT_TRUE(page) << page.error().message();
        return page.value_or(LogPage{});
    }
    static boost::asio::awaitable<Result<LogWritten>> written(redis::Connection& connection, AgentKeys const& of,
                                                              std::vector<LogLine> lines, std::int64_t dropped) {
        co_return co_await write_log(connection, of, std::move(lines), dropped);
    }
    static std::vector<std::string> texts_of(LogPage const& page) {
        std::vector<std::string> result;
        for (auto const& entry : page.entries) {
            auto text = entry.line.percent ? std::to_string(*entry.line.percent) + "% " : std::string();
            result.push_back(text.append(entry.line.text));
        }
        return result;
    }
    std::vector<std::string> texts(std::string const& id, std::string const& cursor = "0-0") {
        return texts_of(read(id, cursor));
    }
};

TEST_F(TaskLogTest, keeps_lines_and_progress_in_their_order) {
    expect_written({{.task_id = "a", .text = "one"},
                    {.task_id = "b", .text = "other"},
                    {.task_id = "a", .attempt = 2, .text = "half", .percent = 50}});
    expect_written({{.task_id = "a", .attempt = 2, .text = "two"}});
    EXPECT_THAT(texts("a"), ElementsAre("one", "50% half", "two"));
    auto const page = read("a");
    EXPECT_EQ(page.entries[1].line.attempt, 2);
    EXPECT_GT(page.entries[0].at, 1'600'000'000'000);
    EXPECT_FALSE(page.more);
    EXPECT_THAT(texts("a", page.cursor), IsEmpty());
    expect_written({{.task_id = "a", .text = "three"}});
    EXPECT_THAT(texts("a", page.cursor), ElementsAre("three"));
    EXPECT_THAT(texts("a", log_start(page.entries[0].at)), ElementsAre("one", "50% half", "two", "three"));
}

TEST_F(TaskLogTest, is_read_page_by_page) {
    std::vector<LogLine> lines;
    for (int i = 0; i < 100; ++i) {
        lines.push_back({.task_id = "other", .text = "x"});
        if (i % 10 == 0) lines.push_back({.task_id = "a", .text = std::to_string(i)});
    }
    expect_written(lines);
    auto page = read("a", "0-0", 4);
    EXPECT_THAT(texts_of(page), ElementsAre("0", "10", "20", "30"));
    EXPECT_TRUE(page.more);
    page = read("a", page.cursor, 6);
    EXPECT_THAT(texts_of(page), ElementsAre("40", "50", "60", "70", "80", "90"));
    page = read("a", page.cursor, 6);
    EXPECT_THAT(texts_of(page), IsEmpty());
    EXPECT_FALSE(page.more);
}

TEST_F(TaskLogTest, has_a_time_to_live_and_a_cap) {
    std::vector<LogLine> const many(100, LogLine{.task_id = "a", .text = "x"});
    for (int i = 0; i < 105; ++i)
        expect_written(many);
    auto const kept = std::stoll(length(keys.log));
    EXPECT_GE(kept, kLogKept);
    EXPECT_LT(kept, kLogKept + 200);
    EXPECT_GT(std::stoll(ttl(keys.log)), 86'000);
    // Of another task nothing is found, and no call looks at everything.
    auto page = read("b");
    EXPECT_THAT(page.entries, IsEmpty());
    EXPECT_TRUE(page.more);
    while (page.more)
        page = read("b", page.cursor);
    EXPECT_EQ(page.cursor, newest(keys.log).at("id"));
}

TEST_F(TaskLogTest, lines_are_cut_and_are_text_whatever_was_written) {
    expect_written({{.task_id = "a", .text = std::string(5'000, 'x')}, {.task_id = "a", .text = "\xff\x1b[2J"}});
    auto const lines = texts("a");
    EXPECT_EQ(lines[0].size(), kLogLineBytes);
    EXPECT_THAT(lines[0], EndsWith("…"));
    EXPECT_EQ(lines[1], "\uFFFD\x1b[2J");
    ask({"XADD", keys.log, "*", "task_id", "b", "progress", "999999"});
    ask({"XADD", keys.log, "*", "task_id", "b"});
    EXPECT_THAT(texts("b"), ElementsAre("100% ", ""));
}

TEST_F(TaskLogTest, counts_what_was_dropped) {
    expect_written({}, 7);
    expect_written({}, 3);
    EXPECT_EQ(total(kLogDropped), "10");
    EXPECT_EQ(ask({"EXISTS", keys.log}), "0");
}

TEST_F(TaskLogTest, nothing_to_write_is_no_command) {
    auto const commands = ask({"INFO", "commandstats"});
    expect_written({}, 0);
    auto const after = ask({"INFO", "commandstats"});
    EXPECT_EQ(after.find("cmdstat_xadd"), commands.find("cmdstat_xadd"));
    EXPECT_EQ(after.find("cmdstat_hincrby"), commands.find("cmdstat_hincrby"));
}

TEST_F(TaskLogTest, tells_what_it_cannot_do) {
    ask({"SET", keys.log, "x"});
    EXPECT_EQ(wait(read_log(client.connection(), keys, "a", "0-0", 10)).error().code, ErrorCode::corrupt);
    EXPECT_EQ(wait(read_log(client.connection(), keys, "a", "x", 10)).error().code, ErrorCode::invalid_input);
    auto const written = write({{.task_id = "a"}, {.task_id = "b"}}, 5);
    EXPECT_EQ(written.lost, 2) << "what was dropped before is counted all the same";
    EXPECT_EQ(written.error->code, ErrorCode::corrupt);
    EXPECT_EQ(total(kLogDropped), "5");
}

}  // namespace
}  // namespace leat::store
