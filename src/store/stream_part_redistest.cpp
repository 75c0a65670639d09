// Pages of a stream: each entry once in either direction, and no walk through all of it for what is not there.
#include <gmock/gmock.h>

#include "store/store_fixture.hpp"
#include "store/stream_part.hpp"

namespace leat::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class StreamPartTest : public StoreFixture {
  protected:
    // Entries 1001-0, 1002-0, … in nodes of a few each.
    void fill(int count) {
        ask({"CONFIG", "SET", "stream-node-max-entries", "10"});
        for (int i = 1; i <= count; ++i)
            ask({"XADD", keys.results, std::to_string(1'000 + i) + "-0", "task_id", "t"});
    }
    Result<std::vector<std::string>> ids(StreamPart const& part, std::int64_t count) {
        auto const reply = viewer.wait(viewer.start(part.read(viewer.connection(), "list", keys.results, count)));
        if (!reply) return std::unexpected(reply.error());
        auto const entries = read_entries("list", reply->root());
        if (!entries) return std::unexpected(entries.error());
        std::vector<std::string> found;
        for (auto const& entry : *entries)
            found.emplace_back(entry.id());
        return found;
    }
    std::string commands() const { return ask({"INFO", "commandstats"}); }

    leat::testing::RedisClient viewer{context,
                                      redis::parse_url(leat::testing::url_as(server, AclRole::viewer)).value()};
};

TEST_F(StreamPartTest, goes_on_behind_the_cursor_in_both_directions) {
    fill(30);
    EXPECT_THAT(*ids({}, 2), ElementsAre("1030-0", "1029-0"));
    EXPECT_THAT(*ids({.cursor = "1029-0"}, 2), ElementsAre("1028-0", "1027-0"));
    EXPECT_THAT(*ids({.cursor = "1003-0"}, 9), ElementsAre("1002-0", "1001-0"));
    EXPECT_THAT(*ids({.window = {.from = 1'002, .to = 1'003}}, 9), ElementsAre("1003-0", "1002-0"));
    EXPECT_THAT(*ids({.order = Order::oldest_first, .cursor = "1028-0"}, 9), ElementsAre("1029-0", "1030-0"));
    EXPECT_THAT(*ids({.order = Order::oldest_first, .window = {.from = 1'002, .to = 1'003}}, 9),
                ElementsAre("1002-0", "1003-0"));
}

// An XREVRANGE whose end lies before the first entry would look at each of them.
TEST_F(StreamPartTest, what_lies_before_the_first_entry_is_not_searched_for) {
    fill(30);
    EXPECT_THAT(*ids({.window = {.to = 999}}, 9), IsEmpty());
    EXPECT_THAT(*ids({.cursor = "1001-0"}, 9), IsEmpty());
    EXPECT_THAT(commands(), Not(HasSubstr("cmdstat_xrevrange")));
    EXPECT_THAT(*ids({.cursor = "1002-0"}, 9), ElementsAre("1001-0"));
    EXPECT_THAT(commands(), HasSubstr("cmdstat_xrevrange"));
}

TEST_F(StreamPartTest, a_stream_that_is_not_there_is_empty_and_a_cursor_of_something_else_is_refused) {
    EXPECT_THAT(*ids({}, 9), IsEmpty());
    EXPECT_THAT(*ids({.cursor = "7-0"}, 9), IsEmpty());
    EXPECT_EQ(ids({.cursor = "t1"}, 9).error().code, ErrorCode::invalid_input);
    ask({"SET", keys.results, "no stream"});
    EXPECT_EQ(ids({.cursor = "7-0"}, 9).error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace leat::store
