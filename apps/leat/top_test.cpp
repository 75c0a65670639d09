// `leat top` without terminal and server: keys, lines, figures, what keys do, and frames.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "core/histogram.hpp"
#include "top_keys.hpp"
#include "top_model.hpp"
#include "top_screen.hpp"
#include "top_text.hpp"
#include "top_view.hpp"

namespace leat::cli::top {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr std::int64_t kMinute = 29'000'000;
constexpr std::int64_t kNow = kMinute * 60'000 + 30'000;

Key letter(char c) {
    return {KeyKind::character, c};
}

// --- keys -----------------------------------------------------------------------------------------------------------

TEST(TopKeys, AreReadFromWhatTerminalsSend) {
    KeyReader keys;
    EXPECT_THAT(keys.feed("j\r\x03\x1a\x0c"), ElementsAre(letter('j'), Key{KeyKind::enter}, Key{KeyKind::interrupt},
                                                          Key{KeyKind::suspend}, Key{KeyKind::redraw}));
    EXPECT_THAT(keys.feed("\x1b[A\x1bOB\x1b[5~\x1b[6~\x1b[H\x1b[F"),
                ElementsAre(Key{KeyKind::up}, Key{KeyKind::down}, Key{KeyKind::page_up}, Key{KeyKind::page_down},
                            Key{KeyKind::home}, Key{KeyKind::end}));
    EXPECT_FALSE(keys.pending());
}

TEST(TopKeys, MayComeInParts) {
    KeyReader keys;
    EXPECT_THAT(keys.feed("\x1b"), IsEmpty());
    EXPECT_TRUE(keys.pending());
    EXPECT_THAT(keys.feed("["), IsEmpty());
    EXPECT_THAT(keys.feed("Bq"), ElementsAre(Key{KeyKind::down}, letter('q')));
}

TEST(TopKeys, EscapeAloneIsAKeyWhenNothingFollows) {
    KeyReader keys;
    EXPECT_THAT(keys.feed("\x1b"), IsEmpty());
    EXPECT_THAT(keys.flush(), ElementsAre(Key{KeyKind::escape}));
    EXPECT_THAT(keys.flush(), IsEmpty());
    EXPECT_THAT(keys.feed("\x1b\x1b[A"), ElementsAre(Key{KeyKind::escape}, Key{KeyKind::up}));
}

TEST(TopKeys, UnknownOnesAreLeftOut) {
    KeyReader keys;
    EXPECT_THAT(keys.feed("\x1b[1;5C\x1b[200~\xc3\xa4\x01x"), ElementsAre(letter('x')));
    EXPECT_THAT(keys.feed("\x1b[" + std::string(100, '1')), SizeIs(100 - 15));  // no end: ordinary keys again
}

// --- lines ----------------------------------------------------------------------------------------------------------

TEST(TopText, ALineIsCutWhereItIsTooLong) {
    Line line;
    line.add("abc").add("def", Ink::bad).add("ghi");
    EXPECT_EQ(fitted(line, 9).text(), "abcdefghi");
    EXPECT_EQ(fitted(line, 8).text(), "abcdefg…");
    EXPECT_EQ(fitted(line, 6).text(), "abcde…");
    EXPECT_EQ(fitted(line, 1).text(), "…");
    EXPECT_EQ(fitted(Line{}.add("漢字漢字"), 5).text(), "漢字…");
}

TEST(TopText, InkIsOnlyForColours) {
    auto const line = Line{}.add("a ").add("b", Ink::bad);
    EXPECT_EQ(painted(line, true), "a \x1b[31mb\x1b[0m");
    EXPECT_EQ(painted(line, false), "a b");
    auto marked = line;
    marked.marked = true;
    EXPECT_EQ(painted(marked, true), "\x1b[7ma b\x1b[0m");
    EXPECT_EQ(painted(marked, false), "a b");
}

TEST(TopText, UntrustedTextCannotSteerTheTerminal) {
    EXPECT_EQ(Line{}.add_untrusted("\x1b[2J\nx\u202e").text(), "\\u{1b}[2J\\nx\\u{202e}");
}

TEST(TopText, Sparklines) {
    EXPECT_EQ(sparkline(std::vector<double>{0, 1, 4, 8}, 4), " ▁▄█");
    EXPECT_EQ(sparkline(std::vector<double>{0, 1000, 0.001}, 3), " █▁");  // little is not nothing
    EXPECT_EQ(sparkline(std::vector<double>{8, 0, 8, 8}, 2), "▄█");       // means
    EXPECT_EQ(sparkline(std::vector<double>{0, 0}, 2), "  ");
    EXPECT_EQ(sparkline(std::vector<double>{}, 4), "");
    EXPECT_THAT(chart(std::vector<double>{0, 8, 16}, 3, 2), ElementsAre("  █", " ██"));
}

TEST(TopText, AGridLeavesColumnsOutWhereItIsNarrow) {
    std::vector<GridColumn> const columns{{"NAME"}, {"N", Align::right, 1}, {"MORE", Align::left, 2}};
    std::vector<GridRow> const rows{{.cells = {{"a-long-name"}, {"12"}, {"x"}}, .marked = true},
                                    {.cells = {{"b"}, {"3"}, {"yz"}}}};
    auto const texts = [&](std::size_t width) {
        std::vector<std::string> lines;
        for (auto const& line : grid(columns, rows, width))
            lines.push_back(line.text());
        return lines;
    };
    EXPECT_THAT(texts(80), ElementsAre("  NAME          N  MORE", "› a-long-name  12  x", "  b             3  yz"));
    EXPECT_THAT(texts(18), ElementsAre("  NAME          N", "› a-long-name  12", "  b             3"));
    EXPECT_THAT(texts(14), ElementsAre("  NAME", "› a-long-name", "  b"));
    EXPECT_THAT(texts(10), ElementsAre("  NAME", "› a-long-…", "  b"));
}

// --- figures --------------------------------------------------------------------------------------------------------

store::MinuteCounters minute(std::int64_t ago, store::Counters counters) {
    return {.minute = kMinute - ago, .counters = std::move(counters)};
}

TEST(TopModel, RatesLatenciesAndErrorsComeFromTheMinutes) {
    store::Counters busy{{"succeeded", 540}, {"retried", 30}, {"dead", 30}};
    busy[core::Histogram::field("run", core::Histogram::bucket_of(10ms))] = 600;
    auto const figures = figures_of({minute(2, {}), minute(1, busy), minute(0, {{"succeeded", 60}})}, kNow);
    EXPECT_THAT(figures.rates, ElementsAre(0, 10, 2));  // the last one: 60 in the 30 s that have passed
    EXPECT_DOUBLE_EQ(figures.rate, 5);                  // of the whole minutes
    ASSERT_TRUE(figures.p50_ms);
    EXPECT_GT(*figures.p50_ms, 5);
    EXPECT_LE(*figures.p99_ms, 10);
    EXPECT_DOUBLE_EQ(*figures.error_share, 60.0 / 660);
    auto const nothing = figures_of({minute(1, {}), minute(0, {})}, kNow);
    EXPECT_FALSE(nothing.p50_ms || nothing.p99_ms || nothing.error_share);
    EXPECT_THAT(figures_of({}, kNow).rates, IsEmpty());
}

TEST(TopModel, ARateOfTheLastSeconds) {
    RateMeter meter;
    EXPECT_FALSE(meter.add(0, 100));
    EXPECT_FALSE(meter.add(100, 100));
    EXPECT_DOUBLE_EQ(meter.add(2'000, 300).value(), 100);
    for (int second = 3; second <= 30; ++second)
        (void)meter.add(second * 1'000, 300);
    EXPECT_DOUBLE_EQ(meter.add(31'000, 300).value(), 0);  // what was long ago does not count
    EXPECT_FALSE(meter.add(32'000, 5));                   // the counters were lost
    EXPECT_DOUBLE_EQ(meter.add(34'000, 7).value(), 1);
}

Agent agent(std::string name, std::int64_t ready = 0, std::int64_t running = 0) {
    Agent agent;
    agent.info.agent = std::move(name);
    agent.info.registered = true;
    agent.info.control.format = 1;
    agent.info.workers = 1;
    agent.info.slots = 8;
    agent.info.depth.lanes[2].ready = ready;
    agent.info.depth.lanes[2].running = running;
    agent.info.depth.group_exists = true;
    if (ready > 0) agent.info.depth.lanes[2].oldest_ready_ms = 90'000;
    agent.figures.rates.assign(60, 0);
    return agent;
}

Model model_of(std::vector<Agent> agents) {
    Model model;
    model.now = kNow;
    model.agents = std::move(agents);
    model.server = {.version = "7.0.15", .kind = "redis", .maxmemory_policy = "noeviction", .used_memory_bytes = 2048};
    store::WorkerBeat worker{.consumer = "w1", .host = "box", .pid = 17, .beat_at = kNow - 2'000};
    worker.agents.push_back({.agent = "alpha", .slots = 8, .running = 3});
    model.workers.push_back(worker);
    return model;
}

std::vector<std::string> sentences(Model const& model) {
    std::vector<std::string> texts;
    for (auto const& trouble : troubles_of(model))
        texts.push_back((trouble.severe ? "!! " : "! ") + trouble.text);
    return texts;
}

TEST(TopModel, TellsWhatIsWrong) {
    EXPECT_THAT(sentences(model_of({agent("fine", 5, 3)})), IsEmpty());
    auto alone = agent("alone", 5);
    alone.info.workers = 0;
    auto paused = agent("paused", 1);
    paused.info.control.paused = true;
    auto full = agent("full", 10);
    full.info.control.max_waiting = 10;
    auto silent = agent("silent", 0, 1);
    silent.info.control.lease_ms = 30'000;
    silent.info.depth.lanes[2].oldest_idle_ms = 45'000;
    auto late = agent("late");
    late.info.depth.scheduled = 1;
    late.info.depth.next_due_in_ms = -60'000;
    Agent const broken{.info = {.agent = "broken", .problem = "corrupt: x"}};
    EXPECT_THAT(sentences(model_of({alone, paused, full, silent, late, broken})),
                ElementsAre("!! No live worker serves alone: 5 tasks cannot go on, the oldest has waited for 1m30s.",
                            "!! full is full: further tasks are refused.",
                            "!! A worker of silent has been silent for 45.0s, longer than its lease; its tasks are "
                            "being taken over.",
                            "!! broken cannot be read: corrupt: x.", "! paused is paused while 1 task waits.",
                            "! A scheduled task of late has been due for 1m."));
    auto server = model_of({});
    server.server.maxmemory_policy = "allkeys-lru";
    server.server.maxmemory_bytes = 2500;
    EXPECT_THAT(sentences(server), ElementsAre(HasSubstr("Redis may evict keys (allkeys-lru)"),
                                               HasSubstr("Redis uses 81% of its 2.4 KiB")));
}

// --- what keys do ---------------------------------------------------------------------------------------------------

class TopView : public ::testing::Test {
  protected:
    Act press(Key key) { return top::press(view, model, key, 10); }

    Model model = model_of({agent("alpha", 1), agent("beta", 9), agent("gamma", 4)});
    View view{.selected = "alpha"};
};

TEST_F(TopView, MovesTheSelection) {
    EXPECT_EQ(press({KeyKind::down}), Act::nothing);
    EXPECT_EQ(view.selected, "beta");
    press(letter('j'));
    press(letter('j'));
    EXPECT_EQ(view.selected, "gamma");
    press(letter('k'));
    EXPECT_EQ(view.selected, "beta");
    press({KeyKind::end});
    EXPECT_EQ(view.selected, "gamma");
    press({KeyKind::page_up});
    EXPECT_EQ(view.selected, "alpha");
    press({KeyKind::up});
    EXPECT_EQ(view.selected, "alpha");
}

TEST_F(TopView, SortsAndKeepsTheSelection) {
    press(letter('s'));
    EXPECT_EQ(view.order, Order::ready);
    EXPECT_EQ(ordered(model, view.order).front()->info.agent, "beta");
    press({KeyKind::up});
    EXPECT_EQ(view.selected, "gamma");
    for (int i = 0; i < 4; ++i)
        press(letter('s'));
    EXPECT_EQ(view.order, Order::name);
}

TEST_F(TopView, OpensAnAgentAndGoesBack) {
    EXPECT_EQ(press({KeyKind::enter}), Act::read);
    EXPECT_EQ(view.page, Page::agent);
    EXPECT_EQ(press({KeyKind::down}), Act::nothing);
    EXPECT_EQ(view.scroll, 1U);
    EXPECT_EQ(press({KeyKind::escape}), Act::nothing);
    EXPECT_EQ(view.page, Page::overview);
    press({KeyKind::enter});
    EXPECT_EQ(press(letter('q')), Act::nothing);
    EXPECT_EQ(view.page, Page::overview);
    EXPECT_EQ(press(letter('q')), Act::quit);
}

TEST_F(TopView, PausesOnlyWhenTheReaderSaysYes) {
    EXPECT_EQ(press(letter('p')), Act::nothing);
    EXPECT_EQ(view.question, Question::pause);
    EXPECT_EQ(press({KeyKind::enter}), Act::nothing);
    EXPECT_EQ(view.question, Question::none);
    EXPECT_EQ(view.page, Page::overview);
    press(letter('p'));
    EXPECT_EQ(press(letter('y')), Act::pause);
    model.agents[0].info.control.paused = true;
    press(letter('p'));
    EXPECT_EQ(view.question, Question::resume);
    EXPECT_EQ(press(letter('y')), Act::resume);
}

TEST_F(TopView, HelpGoesAwayWithAnyKey) {
    press(letter('?'));
    EXPECT_TRUE(view.help);
    EXPECT_EQ(press(letter('q')), Act::nothing);
    EXPECT_FALSE(view.help);
    press(letter('?'));
    EXPECT_EQ(press({KeyKind::interrupt}), Act::quit);
    EXPECT_EQ(press({KeyKind::suspend}), Act::suspend);
}

TEST_F(TopView, AnAgentThatIsGoneIsLeft) {
    press({KeyKind::enter});
    press(letter('p'));
    model.agents.erase(model.agents.begin());
    settle(view, model);
    EXPECT_EQ(view.page, Page::overview);
    EXPECT_EQ(view.selected, "beta");
    EXPECT_EQ(view.question, Question::none);
    EXPECT_EQ(view.note, "alpha is gone.");
    model.agents.clear();
    settle(view, model);
    EXPECT_EQ(view.selected, "");
    EXPECT_EQ(press(letter('p')), Act::nothing);
    EXPECT_EQ(press({KeyKind::enter}), Act::nothing);
    EXPECT_EQ(press({KeyKind::down}), Act::nothing);
}

// --- frames ---------------------------------------------------------------------------------------------------------

class TopFrame : public ::testing::Test {
  protected:
    std::string text(Size size = {120, 30}) {
        auto const lines = frame(model, view, size, 2s);
        EXPECT_EQ(lines.size(), std::max<std::size_t>(1, size.rows));
        std::string joined;
        for (auto const& line : lines) {
            EXPECT_LE(line.width(), size.columns) << line.text();
            joined += line.text() + "\n";
        }
        return joined;
    }

    Model model = model_of({agent("alpha", 1'234, 3), agent("beta"), agent("gamma")});
    View view{.selected = "beta"};
};

TEST_F(TopFrame, ShowsEveryAgentInALine) {
    model.agents[0].figures.rates.back() = 12.3;
    model.agents[0].figures.rate = 12.3;
    model.agents[0].figures.p50_ms = 1.25;
    model.agents[0].figures.p99_ms = 1'500;
    model.agents[0].figures.error_share = 0.25;
    auto const shown = text();
    EXPECT_THAT(shown, StartsWith("leat top   redis 7.0.15 · 2.0 KiB · 1 worker"));
    EXPECT_THAT(shown, HasSubstr("ready 1,234   running 3/24   scheduled 0   rate 12/s   dead 0"));
    EXPECT_THAT(shown, HasSubstr("  AGENT  STATE   READY  OLDEST  RUNNING  SCHEDULED  LAST HOUR"));
    EXPECT_THAT(shown, HasSubstr("  alpha  served  1,234   1m30s      3/8          0"));
    EXPECT_THAT(shown, HasSubstr("█  12/s  1.2ms  1.5s   25.0%     0\n"));
    EXPECT_THAT(shown, HasSubstr("› beta   served      0       –      0/8"));
    EXPECT_THAT(shown, HasSubstr("Enter open   p pause   s sort: name   ? help   q quit"));
}

TEST_F(TopFrame, FitsIntoAnySize) {
    view.page = Page::overview;
    for (std::size_t columns : {1U, 2U, 7U, 20U, 40U, 79U, 200U}) {
        for (std::size_t rows : {1U, 2U, 3U, 5U, 10U, 60U}) {
            for (auto const page : {Page::overview, Page::agent}) {
                view.page = page;
                (void)text({columns, rows});
            }
            view.help = true;
            (void)text({columns, rows});
            view.help = false;
        }
    }
    view.page = Page::overview;
    auto const narrow = text({40, 20});
    EXPECT_THAT(narrow, AllOf(HasSubstr("  AGENT  STATE   READY"), HasSubstr("› beta")));
    EXPECT_THAT(narrow, Not(HasSubstr("SCHEDULED")));
}

TEST_F(TopFrame, KeepsTheSelectedAgentInSight) {
    std::vector<Agent> many;
    for (int i = 100; i < 200; ++i)
        many.push_back(agent("agent" + std::to_string(i)));
    model = model_of(std::move(many));
    view.selected = "agent150";
    EXPECT_THAT(text({100, 12}), AllOf(HasSubstr("› agent150"), Not(HasSubstr("agent100")), HasSubstr("  AGENT")));
    view.selected = "agent100";
    EXPECT_THAT(text({100, 12}), HasSubstr("› agent100"));
}

TEST_F(TopFrame, TellsWhatIsWrongAndHowMuchMoreThereIs) {
    model.agents.clear();
    for (int i = 0; i < 9; ++i) {
        model.agents.push_back(agent("a" + std::to_string(i), 1));
        model.agents.back().info.workers = 0;
    }
    auto const shown = text();
    EXPECT_THAT(shown, HasSubstr("! No live worker serves a0: 1 task cannot go on"));
    EXPECT_THAT(shown, HasSubstr("! and 5 more"));
    EXPECT_THAT(text({80, 12}), HasSubstr("  a0"));  // the list keeps its room
}

TEST_F(TopFrame, AnAgentsPage) {
    view = {.page = Page::agent, .selected = "alpha"};
    EXPECT_THAT(text(), HasSubstr("reading …"));
    store::DeadLetter letter;
    letter.task_id = "t1";
    letter.error = "\x1b[31mboom\nx";
    letter.attempts = 4;
    letter.failed_at = kNow - 61'000;
    model.detail =
        Detail{.agent = "alpha",
               .pending = {{.consumer = "w1", .count = 3}, {.consumer = "w0", .count = 2, .oldest_idle_ms = 90'000}},
               .letters = {letter}};
    auto const shown = text({120, 60});
    EXPECT_THAT(shown, StartsWith("leat top › alpha"));
    EXPECT_THAT(shown, HasSubstr("served   ready 1,234 oldest 1m30s   running 3/8"));
    EXPECT_THAT(shown, HasSubstr("LAST HOUR  attempts that ended, at most 0/s"));
    EXPECT_THAT(shown, HasSubstr("  normal    1,234   1m30s"));
    EXPECT_THAT(shown, HasSubstr("  w1      box    17      3/8"));
    EXPECT_THAT(shown, HasSubstr("HELD BY WORKERS THAT ARE GONE"));
    EXPECT_THAT(shown, HasSubstr("  w0          2    1m30s"));
    EXPECT_THAT(shown, HasSubstr("  t1    1m1s ago         4  open   \\u{1b}[31mboom\\nx"));
    EXPECT_THAT(shown, HasSubstr("Esc back"));
}

TEST_F(TopFrame, AnAgentsPageScrollsAndStopsAtItsEnd) {
    view = {.page = Page::agent, .selected = "alpha", .scroll = 10'000};
    auto const shown = text({100, 12});
    EXPECT_THAT(shown, HasSubstr("reading …"));
    EXPECT_LT(view.scroll, 100U);
}

TEST_F(TopFrame, QuestionsHelpAndTrouble) {
    view.question = Question::pause;
    EXPECT_THAT(text(), HasSubstr("Pause beta? y yes, any other key no."));
    view.question = Question::none;
    view.help = true;
    EXPECT_THAT(text(), HasSubstr("Enter             open the agent"));
    view.help = false;
    model.failure = "unavailable: no connection";
    EXPECT_THAT(text(), AllOf(HasSubstr("as of "), HasSubstr("Redis does not answer, trying again: unavailable")));
    model = model_of({});
    EXPECT_THAT(text(), HasSubstr("leat worker --agent words"));
}

TEST_F(TopFrame, ThePlainPageIsWholeAndHasNoKeys) {
    std::string joined;
    for (auto const& line : page(model, 120))
        joined += line.text() + "\n";
    EXPECT_THAT(joined, StartsWith("redis 7.0.15"));
    EXPECT_THAT(joined, AllOf(HasSubstr("  alpha"), HasSubstr("  beta"), Not(HasSubstr("Enter")), Not(HasSubstr("›"))));
}

}  // namespace
}  // namespace leat::cli::top
