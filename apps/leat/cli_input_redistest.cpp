// What goes wrong outside: bad input, hostile text, files with errors, and servers that do not do what they should.
#include "cli_fixture.hpp"

namespace leat::cli::testing {
namespace {

using store::SettleVerdict;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using CliInputTest = CliFixture;

TEST_F(CliInputTest, PayloadsThatAreNoneAreRefused) {
    expect_failure({"dispatch", "sentiment", "not json"}, ExitCode::usage, "not valid JSON");
    expect_failure({"dispatch", "sentiment", "{\"a\":1} x"}, ExitCode::usage, "not valid JSON");
    expect_failure({"dispatch", "sentiment", "\"\xff\""}, ExitCode::usage, "not valid JSON");
    expect_failure({"dispatch", "sentiment"}, ExitCode::usage, "--file");
    expect_failure({"dispatch", "sentiment", "1", "--file", "-"}, ExitCode::usage, "--file");
    expect_failure({"dispatch", "sentiment", "-"}, ExitCode::usage, "not valid JSON", "");
    EXPECT_EQ(length(keys.lane(Lane::normal)), "0");
}

TEST_F(CliInputTest, PayloadsAboveTheLimitAreRefused) {
    auto const large = "\"" + std::string(Limits::payload_bytes, 'x') + "\"";
    expect_failure({"dispatch", "sentiment", "-"}, ExitCode::usage, "the limit is 1048576", large);
    EXPECT_EQ(leat({"dispatch", "sentiment", "-", "--set", "dispatch.payload_limit=2MiB"}, large).exit_code, 0);
    auto const endless = std::string(Limits::payload_bytes_max + 10, 'x');
    expect_failure({"dispatch", "sentiment", "-"}, ExitCode::usage, "the limit is 1048576", endless);
    auto const bulk = leat({"dispatch", "sentiment", "--file", "-"}, large + "\n" + endless + "\n1\n");
    EXPECT_EQ(bulk.exit_code, static_cast<int>(ExitCode::partial));
    EXPECT_THAT(bulk.err,
                AllOf(HasSubstr("line 1: "), HasSubstr("line 2: the line is longer than any payload may be")));
    EXPECT_THAT(bulk.out, HasSubstr("1 tasks dispatched to sentiment, 2 bad lines"));
}

TEST_F(CliInputTest, NamesThatAreNoneAreRefused) {
    for (auto const& name :
         {std::string(), std::string("two words"), std::string(129, 'a'), std::string("a/b"), std::string("{x}"),
          std::string("caf\xc3\xa9"), std::string("\x1b[2J"), std::string("a\n")}) {
        expect_failure({"dispatch", name, "1"}, ExitCode::usage, "agent name");
        expect_failure({"agent", "show", name}, ExitCode::usage, "agent name");
        expect_failure({"task", "list", name}, ExitCode::usage, "agent name");
        expect_failure({"task", "show", "sentiment", name}, ExitCode::usage, "task id");
        if (!name.empty()) expect_failure({"dispatch", "sentiment", "1", "--id", name}, ExitCode::usage, "task id");
    }
    EXPECT_EQ(leat({"dispatch", std::string(128, 'a'), "1"}).exit_code, 0);
}

TEST_F(CliInputTest, OptionsOutOfBoundsAreRefused) {
    expect_failure({"dispatch", "sentiment", "1", "--delay", "-5s"}, ExitCode::usage, "must not be negative");
    expect_failure({"dispatch", "sentiment", "1", "--delay", "400d"}, ExitCode::usage, "at most 366 days");
    expect_failure({"dispatch", "sentiment", "1", "--delay", "99999999999999999999d"}, ExitCode::usage, "delay");
    expect_failure({"dispatch", "sentiment", "1", "--delay", "soon"}, ExitCode::usage, "500ms");
    expect_failure({"dispatch", "sentiment", "1", "--max-retries", "-1"}, ExitCode::usage, "retries");
    expect_failure({"dispatch", "sentiment", "1", "--max-retries", "1001"}, ExitCode::usage, "retries");
    expect_failure({"dispatch", "sentiment", "1", "--max-retries", "many"}, ExitCode::usage, "retries");
    expect_failure({"dispatch", "sentiment", "1", "--priority", "urgent"}, ExitCode::usage, "is no priority");
    expect_failure({"dispatch", "sentiment", "1", "--timeout", "0"}, ExitCode::usage, "timeout");
    expect_failure({"dispatch", "sentiment", "1", "--colour"}, ExitCode::usage, "--colour");
    EXPECT_EQ(length(keys.lane(Lane::normal)), "0");
}

TEST_F(CliInputTest, CommandsThatDoNotExistAreTold) {
    expect_failure({"dispach", "sentiment"}, ExitCode::usage, "did you mean 'dispatch'?");
    expect_failure({"task", "cancle", "sentiment", "a"}, ExitCode::usage, "did you mean 'cancel'?");
    expect_failure({"task"}, ExitCode::usage, "name a command: show, list, wait, log, cancel, retry, move");
    expect_failure({}, ExitCode::usage, "name a command: ");
}

// --- files
// ------------------------------------------------------------------------------------------------------------

TEST_F(CliInputTest, BadLinesAreReportedAndTheRestGoesThrough) {
    std::string const file =
        "\xEF\xBB\xBF{\"text\":\"fine\"}\n"
        "not json\n"
        "\n"
        "{\"payload\":{\"n\":2},\"id\":\"b\",\"priority\":\"high\"}\r\n"
        "{\"payload\":1,\"dealy\":\"5s\"}\n"
        "{\"payload\":1,\"id\":\"two words\"}\n"
        "{\"payload\":}\n"
        "{\"payload\":7,\"id\":\"c\",\"delay\":\"1h\"}";
    auto const first = leat({"dispatch", "sentiment", "--file", "-", "--json"}, file);
    EXPECT_EQ(first.exit_code, static_cast<int>(ExitCode::partial));
    auto report = json::parse(first.out);
    report.erase("elapsed_ms");
    auto problems = report["bad_lines"];
    report.erase("bad_lines");
    EXPECT_EQ(report.dump(), R"({"agent":"sentiment","bad":4,"created":3,"duplicates":0,"lines":7,"not_durable":0,)"
                             R"("stopped":null,"unknown":0,"unsent":0})");
    std::map<int, std::string> by_line;
    for (auto const& problem : problems)
        by_line[problem["line"]] = problem["problem"];
    EXPECT_THAT(by_line[2], HasSubstr("not valid JSON"));
    EXPECT_THAT(by_line[5], HasSubstr("\"dealy\" is no field of a task"));
    EXPECT_THAT(by_line[6], HasSubstr("two words"));
    EXPECT_THAT(by_line[7], HasSubstr("not valid JSON"));
    for (auto const line : {2, 5, 6, 7})
        EXPECT_THAT(first.err, HasSubstr("leat: line " + std::to_string(line) + ": "));
    EXPECT_EQ(length(keys.lane(Lane::high)), "1");
    EXPECT_EQ(ask({"ZCARD", keys.scheduled}), "1");
    EXPECT_EQ(newest(keys.lane(Lane::normal)).at("payload"), "{\"text\":\"fine\"}");

    auto const again = json::parse(leat({"dispatch", "sentiment", "--file", "-", "--json"}, file).out);
    EXPECT_EQ(again["created"], 1);  // the line without an id
    EXPECT_EQ(again["duplicates"], 2);
}

TEST_F(CliInputTest, PlainFilesHoldPayloadsOnly) {
    auto const outcome = leat({"dispatch", "sentiment", "--plain", "--file", "-"}, "{\"payload\":1,\"id\":\"x\"}\n");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(newest(keys.lane(Lane::normal)).at("payload"), "{\"payload\":1,\"id\":\"x\"}");
}

TEST_F(CliInputTest, ManyLinesGoThroughInBoundedWindows) {
    constexpr int kLines = 20'000;
    std::string file;
    for (int i = 0; i < kLines; ++i)
        file += "{\"payload\":{\"n\":" + std::to_string(i) + "},\"id\":\"t" + std::to_string(i) + "\"}\n";
    auto const report = json::parse(leat({"dispatch", "sentiment", "--file", "-", "--json"}, file).out);
    EXPECT_EQ(report["created"], kLines);
    EXPECT_EQ(length(keys.lane(Lane::normal)), std::to_string(kLines));
    auto const again = json::parse(leat({"dispatch", "sentiment", "--file", "-", "--json"}, file).out);
    EXPECT_EQ(again["duplicates"], kLines);
}

TEST_F(CliInputTest, ManyBadLinesAreCountedNotAllShown) {
    std::string file;
    for (int i = 0; i < 500; ++i)
        file += "bad\n";
    auto const outcome = leat({"dispatch", "sentiment", "--file", "-", "--json"}, file);
    EXPECT_EQ(outcome.exit_code, static_cast<int>(ExitCode::partial));
    EXPECT_THAT(outcome.err, HasSubstr("and 480 more bad lines"));
    EXPECT_EQ(json::parse(outcome.out)["bad"], 500);
    EXPECT_EQ(json::parse(outcome.out)["bad_lines"].size(), 100U);
}

TEST_F(CliInputTest, ASlowProducersLinesAreSentAtOnce) {
    RunningLeat running({"dispatch", "sentiment", "--file", "-"}, {{"LEAT_REDIS", server.url()}});
    running.write("{\"payload\":1,\"id\":\"early\"}\n");
    std::vector<store::Delivery> deliveries;
    while (deliveries.empty()) {
        auto fetched = wait(store.fetch_blocking(keys, "w1", 1, std::chrono::seconds(1)));
        ASSERT_TRUE(fetched);
        deliveries = std::move(*fetched);
    }
    EXPECT_EQ(deliveries[0].message.task_id, "early");
    running.close_input();
    EXPECT_THAT(running.read_line(), HasSubstr("1 tasks dispatched to sentiment"));
    EXPECT_EQ(running.wait(), 0);
}

TEST_F(CliInputTest, AnInterruptStopsReadingAndReports) {
    RunningLeat running({"dispatch", "sentiment", "--file", "-"}, {{"LEAT_REDIS", server.url()}});
    running.write("{\"payload\":1,\"id\":\"early\"}\nunfinished");
    while (wait(store.fetch_blocking(keys, "w1", 1, std::chrono::seconds(1))).value().empty()) {
    }
    running.signal(SIGINT);
    EXPECT_THAT(running.read_line(), HasSubstr("1 tasks dispatched to sentiment"));
    EXPECT_EQ(running.wait(), static_cast<int>(ExitCode::failure));
}

TEST_F(CliInputTest, FilesThatCannotBeRead) {
    expect_failure({"dispatch", "sentiment", "--file", "nothing.jsonl"}, ExitCode::not_found, "nothing.jsonl");
    EXPECT_EQ(leat({"dispatch", "sentiment", "--file", "/"}).exit_code, static_cast<int>(ExitCode::usage));
    expect_failure({"dispatch", "sentiment", "--file", "-", "--wait"}, ExitCode::usage, "--wait");
}

// --- hostile text
// -----------------------------------------------------------------------------------------------------

TEST_F(CliInputTest, NothingThatIsPrintedSteersATerminal) {
    std::string const hostile =
        "\x1b[2J\x1b]0;owned\x07\xc2\x9b"
        "31m\xe2\x80\xae\r\nx\xff";
    (void)start("w1\x1b[2J", {.id = "r", .payload = "1"});
    finished("s", SettleVerdict::success, "\"" + hostile + "\"", "\"" + hostile + "\"");
    finished("d", SettleVerdict::dead, hostile, "\"" + hostile + "\"");
    ask({"XADD", keys.lane(Lane::normal), "*", "task_id", hostile, "payload", hostile, "last_error", hostile});
    ask({"ZADD", keys.scheduled, "9999999999999", hostile});
    ask({"ZADD", space.workers(), "1", hostile});
    ask({"HSET", space.worker(hostile), "name", hostile, "host", hostile, "version", hostile, "agents",
         "[{\"agent\":\"\\u001b[2J\",\"slots\":1,\"running\":1}]"});
    std::vector<Arguments> const commands = {{"task", "show", "sentiment", "s"},
                                             {"task", "show", "sentiment", "d"},
                                             {"task", "show", "sentiment", "r"},
                                             {"task", "list", "sentiment", "--state", "ready"},
                                             {"task", "list", "sentiment", "--state", "running"},
                                             {"task", "list", "sentiment", "--state", "scheduled"},
                                             {"task", "list", "sentiment", "--state", "succeeded"},
                                             {"task", "list", "sentiment", "--state", "dead"},
                                             {"dead", "list", "sentiment"},
                                             {"dead", "show", "sentiment", "d"},
                                             {"results", "sentiment"},
                                             {"pending"},
                                             {"workers"},
                                             {"agent", "show", "sentiment"}};
    for (auto command : commands) {
        for (bool const as_json : {false, true}) {
            if (as_json) command.emplace_back("--json");
            auto const outcome = leat(command);
            EXPECT_EQ(outcome.exit_code, 0) << ::testing::PrintToString(command) << outcome.err;
            for (std::string_view const bad : {"\x1b", "\x07", "\xc2\x9b", "\xe2\x80\xae", "\r", "\xff"})
                EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr(std::string(bad))))
                    << ::testing::PrintToString(command);
        }
    }
    auto const bulk =
        leat({"dispatch", "sentiment", "--file", "-"}, "{\"payload\":1,\"" + hostile.substr(0, 4) + "\":2}\n");
    EXPECT_THAT(bulk.err, Not(HasSubstr("\x1b")));
    EXPECT_THAT(leat({"task", hostile}).err, Not(HasSubstr("\x1b")));
}

TEST_F(CliInputTest, DeeplyNestedPayloadsAreShownAsText) {
    auto const deep = std::string(100'000, '[') + std::string(100'000, ']');
    expect_failure({"dispatch", "sentiment", "-", "--id", "deep"}, ExitCode::usage, "nested deeper than 64", deep);
    add({.id = "deep", .payload = deep});  // as another program may
    EXPECT_EQ(json::parse(text({"task", "show", "sentiment", "deep", "--json"}))["payload_text"], deep);
}

// --- servers
// ----------------------------------------------------------------------------------------------------------

TEST(CliServer, NoServer) {
    std::map<std::string, std::string> const nowhere{{"LEAT_REDIS", "unix:///nowhere/redis.sock"},
                                                     {"LEAT_REDIS_CONNECT_TIMEOUT", "100ms"}};
    for (auto const& command : std::vector<std::vector<std::string>>{{"dispatch", "sentiment", "1"},
                                                                     {"agent", "list"},
                                                                     {"task", "show", "sentiment", "a"},
                                                                     {"task", "wait", "sentiment", "a"},
                                                                     {"results", "sentiment"}}) {
        auto const outcome = run_leat(command, nowhere);
        EXPECT_EQ(outcome.exit_code, static_cast<int>(ExitCode::unavailable)) << outcome.err;
        EXPECT_THAT(outcome.err, HasSubstr("--redis or LEAT_REDIS"));
        EXPECT_EQ(outcome.out, "");
    }
    auto const bulk = run_leat({"dispatch", "sentiment", "--file", "-"}, nowhere, "1\n2\n");
    EXPECT_EQ(bulk.exit_code, static_cast<int>(ExitCode::unavailable));
    EXPECT_THAT(bulk.out, HasSubstr("2 not stored"));
}

TEST(CliServer, AddressesThatAreNone) {
    for (auto const* const url : {"", "localhost", "http://x", "redis://h/x"}) {
        auto const outcome = run_leat({"agent", "list", "--redis", url});
        EXPECT_EQ(outcome.exit_code, static_cast<int>(ExitCode::usage)) << url << outcome.err;
    }
}

TEST(CliServer, WrongPassword) {
    ::leat::testing::RedisServer const server({"--requirepass", "right-secret"});
    auto const none = run_leat({"agent", "list"}, {{"LEAT_REDIS", server.url()}});
    EXPECT_EQ(none.exit_code, static_cast<int>(ExitCode::denied)) << none.err;
    std::map<std::string, std::string> const wrong{{"LEAT_REDIS", server.url()},
                                                   {"LEAT_REDIS_PASSWORD", "wrong-secret"}};
    for (auto const& command : std::vector<std::vector<std::string>>{
             {"agent", "list"}, {"dispatch", "sentiment", "1"}, {"worker", "--agent", "sentiment", "--exec", "cat"}}) {
        auto const denied = run_leat(command, wrong);
        EXPECT_EQ(denied.exit_code, static_cast<int>(ExitCode::denied)) << denied.err;
        EXPECT_THAT(denied.err, AllOf(HasSubstr("LEAT_REDIS_PASSWORD"), Not(HasSubstr("wrong-secret"))));
    }
    auto const right =
        run_leat({"agent", "list"}, {{"LEAT_REDIS", server.url()}, {"LEAT_REDIS_PASSWORD", "right-secret"}});
    EXPECT_EQ(right.exit_code, 0) << right.err;
    auto const shown = run_leat({"config", "show"}, wrong);
    EXPECT_THAT(shown.out, Not(HasSubstr("wrong-secret")));
}

TEST_F(CliInputTest, AServerWithoutMemoryRefuses) {
    ask({"CONFIG", "SET", "maxmemory", "1"});
    expect_failure({"dispatch", "sentiment", "1"}, ExitCode::refused, "The server refuses writes");
    auto const bulk = leat({"dispatch", "sentiment", "--file", "-"}, "1\n2\n");
    EXPECT_EQ(bulk.exit_code, static_cast<int>(ExitCode::refused));
    EXPECT_THAT(bulk.err, HasSubstr("Running it again is safe for lines with ids"));
    EXPECT_EQ(leat({"agent", "list"}).exit_code, 0);
}

TEST_F(CliInputTest, KeysOfOthersAreToldNotTouched) {
    ask({"SET", keys.lane(Lane::normal), "something else"});
    // Who asks for one agent is refused; a list of all goes on, and says which of them is broken.
    for (auto const& command : std::vector<Arguments>{{"task", "list", "sentiment"}, {"pending", "sentiment"}})
        EXPECT_EQ(leat(command).exit_code, static_cast<int>(ExitCode::failure));
    for (auto const& command : std::vector<Arguments>{{"agent", "list"}, {"pending"}}) {
        auto const list = leat(command);
        EXPECT_EQ(list.exit_code, static_cast<int>(ExitCode::ok));
        EXPECT_THAT(list.err, HasSubstr("sentiment: "));
        EXPECT_THAT(list.err, HasSubstr("WRONGTYPE"));
    }
    EXPECT_EQ(ask({"GET", keys.lane(Lane::normal)}), "something else");
}

}  // namespace
}  // namespace leat::cli::testing
