// leat top: the overview in a terminal, live.
#include "top_command.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

#include "store/open.hpp"
#include "text.hpp"
#include "top_app.hpp"

namespace leat::cli {
namespace {

constexpr Milliseconds kIntervalMin{100};
constexpr Milliseconds kIntervalMax{3'600'000};
constexpr std::size_t kColumns = 132;  // of a frame that goes into a file or a pipe

struct Arguments {
    std::string interval = "2s";
    bool once = false;
};

Result<Milliseconds> interval_of(std::string const& text) {
    auto interval = parse_duration("interval", text);
    if (interval && (*interval < kIntervalMin || *interval > kIntervalMax))
        return fail(ErrorCode::invalid_input, "interval", "write 100ms to 1h");
    return interval;
}

// As wide as the terminal, or as COLUMNS says.
std::size_t columns() {
    winsize window{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0) return window.ws_col;
    auto const* const variable = std::getenv("COLUMNS");
    std::string_view const text = variable == nullptr ? "" : variable;
    std::size_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && value > 0 ? value : kColumns;
}

ExitCode print_once(Session& session, inspect::Inspector const& inspector) {
    top::Feed feed(inspector);
    auto const model = session.await(feed.read({}));
    if (!model) return session.fail(model.error());
    if (session.out.json_mode) {
        session.out.print(top::json_of(*model));
    } else {
        for (auto const& line : top::page(*model, columns()))
            session.out.line(line.text());
    }
    return ExitCode::ok;
}

ExitCode run_top(Session& session, Arguments const& arguments) {
    auto const interval = interval_of(arguments.interval);
    if (!interval) return session.fail(interval.error());
    if (arguments.once || session.out.json_mode) {
        auto const inspector = session.inspector();
        if (!inspector) return session.fail(inspector.error());
        return print_once(session, **inspector);
    }
    auto const config = session.config();
    if (!config) return session.fail(config.error());
    auto const& connection = (*config)->connection;
    auto connect = store::connect_options_of(connection);
    if (!connect) return session.fail(connect.error());
    auto const terminal = top::Terminal::open();
    if (!terminal) return session.fail(terminal.error());
    auto const* const no_colour = std::getenv("NO_COLOR");
    bool const colour = no_colour == nullptr || *no_colour == '\0';
    top::App app(session.context(), std::move(*connect), connection.prefix, **terminal,
                 {.interval = *interval, .colour = colour});
    auto const ended = session.await(app.run());
    return ended ? ExitCode::ok : session.fail(ended.error());
}

}  // namespace

void add_top_command(CLI::App& app, Session& session) {
    auto const arguments = std::make_shared<Arguments>();
    auto* const command =
        app.add_subcommand("top", "The overview in the terminal, live; keys open an agent, ? lists them.");
    command->add_option("--interval", arguments->interval, "How often to read, 100ms to 1h.")->capture_default_str();
    command->add_flag("--once", arguments->once, "Print one frame as plain text. With --json: always one object.");
    command->footer("Examples:\n  leat top\n  leat top --once\n");
    session.on(command, [&session, arguments] { return run_top(session, *arguments); });
}

}  // namespace leat::cli
