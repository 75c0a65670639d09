// leat dispatch: one task, or a file of them.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <memory>

#include "bulk_dispatch.hpp"
#include "core/clock.hpp"
#include "inspect/model_json.hpp"
#include "session.hpp"
#include "task_text.hpp"
#include "text.hpp"
#include "trace_run.hpp"

namespace leat::cli {
namespace {

constexpr std::size_t kBadLinesShown = 20;
constexpr std::size_t kEnvelopeBytes = 64U << 10U;  // what a line may hold around its payload

struct Arguments {
    std::string agent;
    std::string payload;
    std::string file;
    bool plain = false;
    std::string id, priority, delay, timeout, traceparent;
    std::optional<std::int64_t> max_retries;
    std::string wait;  // empty: not asked for; "true": without a limit; else a duration
};

// Closes a file that was opened here; standard input stays open.
class InputFile {
  public:
    explicit InputFile(std::string const& path)
        : descriptor_(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)), error_(errno) {}
    ~InputFile() {
        if (descriptor_ > STDIN_FILENO) ::close(descriptor_);
    }
    InputFile(InputFile const&) = delete;
    InputFile& operator=(InputFile const&) = delete;

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    [[nodiscard]] Result<void> opened(std::string const& path) const {
        if (descriptor_ >= 0) return {};
        auto const code = error_ == ENOENT ? ErrorCode::not_found : ErrorCode::invalid_input;
        return fail(code, "open " + path, std::strerror(error_));
    }
    // Bytes of a regular file.
    [[nodiscard]] std::optional<std::uint64_t> size() const {
        struct stat status {};
        if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size <= 0) return std::nullopt;
        return static_cast<std::uint64_t>(status.st_size);
    }

  private:
    int descriptor_;
    int error_;
};

// Everything there is to read, up to one byte more than `bytes_max`.
Result<std::string> read_all(int descriptor, std::size_t bytes_max) {
    std::string text(bytes_max + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        auto const got = ::read(descriptor, text.data() + size, text.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return leat::fail(ErrorCode::invalid_input, "read", std::strerror(errno));
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    text.resize(size);
    return text;
}

Result<DispatchOptions> options_of(Arguments const& arguments) {
    DispatchOptions options;
    options.id = arguments.id;
    options.max_retries = arguments.max_retries;
    options.traceparent = arguments.traceparent;
    if (!arguments.priority.empty()) {
        auto const priority = parse_priority(arguments.priority);
        if (!priority) return std::unexpected(priority.error());
        options.priority = *priority;
    }
    if (!arguments.delay.empty()) {
        auto const delay = parse_duration("delay", arguments.delay);
        if (!delay) return std::unexpected(delay.error());
        options.delay = *delay;
    }
    if (!arguments.timeout.empty()) {
        auto const timeout = parse_duration("timeout", arguments.timeout);
        if (!timeout) return std::unexpected(timeout.error());
        options.timeout = *timeout;
    }
    return options;
}

ExitCode wait_for(Session& session, Client& client, Arguments const& arguments, std::string const& task_id,
                  Milliseconds timeout) {
    auto const result = client.wait(arguments.agent, task_id, timeout);
    if (!result) return session.fail(result.error());
    if (session.out.json_mode) {
        session.out.print(inspect::json_of(*result));
    } else {
        print_outcome(session.out, *result);
    }
    return exit_code_of(result->state);
}

void print_receipt(Output& out, std::string const& agent, Receipt const& receipt) {
    if (out.json_mode) {
        bool const stored = receipt.status != DispatchStatus::full;
        out.print({{"id", receipt.task_id},
                   {"agent", agent},
                   {"status", to_string(receipt.status)},
                   {"state", stored ? json(to_string(receipt.state)) : json(nullptr)},
                   {"durability", stored ? json(to_string(receipt.durability)) : json(nullptr)}});
        return;
    }
    if (receipt.status == DispatchStatus::created) {
        out.line("Dispatched " + receipt.task_id + " to " + agent + ".");
    } else if (receipt.status == DispatchStatus::duplicate) {
        out.line("The task " + receipt.task_id + " exists already: it is " + std::string(to_string(receipt.state)) +
                 ". Nothing was changed.");
    }
}

ExitCode dispatch_one(Session& session, Arguments const& arguments, DispatchOptions options, SpanListener on_span) {
    Milliseconds timeout = Limits::delay_max;
    if (!arguments.wait.empty() && arguments.wait != "true") {
        auto const parsed = parse_duration("wait", arguments.wait);
        if (!parsed) return session.fail(parsed.error());
        timeout = *parsed;
    }
    auto payload = arguments.payload;
    if (payload == "-") {
        auto text = read_all(STDIN_FILENO, Limits::payload_bytes_max);
        if (!text) return session.fail(text.error());
        payload = std::move(*text);
    }
    auto const client = session.client(arguments.agent, std::move(on_span));
    if (!client) return session.fail(client.error());
    auto const receipt = (*client)->dispatch_text(arguments.agent, std::move(payload), std::move(options));
    if (!receipt) return session.fail(receipt.error());
    if (receipt->status == DispatchStatus::full) {
        if (session.out.json_mode) print_receipt(session.out, arguments.agent, *receipt);
        session.out.note("The agent holds as many waiting tasks as it may; nothing was stored. Try again later.");
        return ExitCode::refused;
    }
    if (!arguments.wait.empty()) return wait_for(session, **client, arguments, receipt->task_id, timeout);
    print_receipt(session.out, arguments.agent, *receipt);
    return ExitCode::ok;
}

// Runs the dispatch until it ends; the first Ctrl-C stops reading, the second one ends the program.
boost::asio::awaitable<BulkReport> run_interruptible(BulkDispatch& dispatch, boost::asio::io_context& context) {
    boost::asio::signal_set interrupt(context, SIGINT);
    interrupt.async_wait([&](boost::system::error_code error, int) {
        if (error) return;
        dispatch.stop({ErrorCode::cancelled, "dispatch", "interrupted; what was read before has been sent"});
        std::signal(SIGINT, SIG_DFL);
    });
    co_await dispatch.run();
    co_return dispatch.report();
}

void print_report(Output& out, std::string const& agent, BulkReport const& report, std::chrono::nanoseconds elapsed) {
    if (out.json_mode) {
        auto object = json_of(report);
        object["agent"] = agent;
        object["elapsed_ms"] = std::chrono::duration_cast<Milliseconds>(elapsed).count();
        out.print(object);
        return;
    }
    auto text = grouped(report.created) + " tasks dispatched to " + agent;
    if (report.duplicates > 0) text += ", " + grouped(report.duplicates) + " existed already";
    if (report.bad > 0) text += ", " + grouped(report.bad) + " bad lines";
    if (report.unsent > 0) text += ", " + grouped(report.unsent) + " not stored";
    if (report.not_durable > 0) text += ", " + grouped(report.not_durable) + " stored less safely than asked for";
    if (report.unknown > 0) text += ", " + grouped(report.unknown) + " unknown";
    text += " in " + short_duration(std::chrono::duration_cast<Milliseconds>(elapsed).count()) + " (" +
            grouped(rate_of(report.created + report.duplicates, elapsed)) + "/s).";
    out.line(text);
}

ExitCode dispatch_file(Session& session, Arguments const& arguments, DispatchOptions options, SpanListener on_span) {
    auto& out = session.out;
    InputFile const file(arguments.file);
    if (auto const opened = file.opened(arguments.file); !opened) return session.fail(opened.error());
    auto const configured = session.config();
    if (!configured) return session.fail(configured.error());
    auto const client = session.client(arguments.agent, std::move(on_span));
    if (!client) return session.fail(client.error());
    LineReader reader(file.descriptor(), (*configured)->payload_bytes_max + kEnvelopeBytes);
    auto const start = core::machine_clock().now();
    Progress progress("tasks", out.stderr_is_terminal(), start);
    auto const total = file.size();
    std::size_t bad_shown = 0;
    BulkDispatch::Listener listener;
    listener.on_bad_line = [&](BadLine const& bad) {
        if (++bad_shown > kBadLinesShown) return;
        out.progress(progress.clear());
        out.note("line " + std::to_string(bad.line) + ": " + bad.problem);
    };
    listener.on_progress = [&](BulkReport const& report, std::uint64_t bytes) {
        std::optional<double> share;
        if (total) share = static_cast<double>(bytes) / static_cast<double>(*total);
        auto const text = progress.update(report.created + report.duplicates, share, core::machine_clock().now());
        if (text) out.progress(*text);
    };
    BulkRequest request{.agent = arguments.agent, .plain = arguments.plain, .defaults = std::move(options)};
    BulkDispatch dispatch(**client, reader, std::move(request), std::move(listener));
    auto const report = session.await(run_interruptible(dispatch, session.context()));
    out.progress(progress.clear());
    if (bad_shown > kBadLinesShown)
        out.note("… and " + grouped(static_cast<std::int64_t>(bad_shown - kBadLinesShown)) + " more bad lines");
    print_report(out, arguments.agent, report, core::machine_clock().now() - start);
    if (report.stopped) {
        auto const code = session.fail(*report.stopped);
        out.note("The rest of the file was not read. Running it again is safe for lines with ids.");
        return code;
    }
    return report.bad > 0 ? ExitCode::partial : ExitCode::ok;
}

ExitCode dispatch(Session& session, Arguments const& arguments) {
    if (auto const named = check_name("agent name", arguments.agent); !named) return session.fail(named.error());
    session.sources.agents = {arguments.agent};
    auto options = options_of(arguments);
    if (!options) return session.fail(options.error());
    bool const from_file = !arguments.file.empty();
    if (from_file == !arguments.payload.empty()) {
        session.out.note("Give either one payload (JSON text, or - to read it from stdin) or --file.");
        return ExitCode::usage;
    }
    if (from_file && (!arguments.wait.empty() || !arguments.id.empty())) {
        session.out.note("--wait and --id are for one task; in a file the ids are in the lines.");
        return ExitCode::usage;
    }
    std::uint64_t dropped = 0;  // written by the tracing's own thread until it has stopped
    std::string reason;
    auto tracing = Tracing::start(session, [&](std::uint64_t spans, std::string const& why) {
        dropped += spans;
        reason = why;
    });
    if (!tracing) return session.fail(tracing.error());
    auto const code = from_file ? dispatch_file(session, arguments, std::move(*options), tracing->listener())
                                : dispatch_one(session, arguments, std::move(*options), tracing->listener());
    tracing->stop(kTracingPatienceOfDispatch);
    if (dropped > 0) {
        session.out.note("Spans that were not sent to the collector: " + grouped(static_cast<std::int64_t>(dropped)) +
                         " (" + reason + ").");
    }
    return code;
}

}  // namespace

void add_dispatch_commands(CLI::App& app, Session& session) {
    auto* const command = app.add_subcommand("dispatch", "Hand in one task, or a file of tasks.");
    auto const arguments = std::make_shared<Arguments>();
    command->add_option("agent", arguments->agent, "The agent that shall run it.")->required();
    command->add_option("payload", arguments->payload, "The task's payload as JSON text; - reads it from stdin.");
    command->add_option(
        "--file", arguments->file,
        "A file with one task per line: the payload, or {\"payload\": …, \"id\": …, \"priority\": …, \"delay\": …, "
        "\"max_retries\": …, \"timeout\": …, \"traceparent\": …}; - reads stdin.");
    command->add_flag("--plain", arguments->plain, "Every line of the file is a payload, whatever it looks like.");
    command->add_option("--id", arguments->id,
                        "The task's id; the same id twice creates one task. Default: a fresh one.");
    command->add_option("--priority", arguments->priority, "critical, high, normal, low or an integer.");
    command->add_option("--delay", arguments->delay, "Run it not before this time has passed (5s, 2h).");
    command->add_option("--max-retries", arguments->max_retries, "Attempts after the first one, 0 to 1000.");
    command->add_option("--timeout", arguments->timeout, "How long one attempt may take (30s, 10m).");
    add_agent_flag(*command, session, "max_waiting");
    command->add_option("--traceparent", arguments->traceparent,
                        "The W3C trace context that the task is part of (00-…-…-01).");
    add_config_flag(*command, session, "dispatch.durability");
    add_config_flag(*command, session, "dispatch.durability_timeout");
    command->add_flag("--wait", arguments->wait,
                      "Wait for the outcome and print it; --wait=30s waits no longer than that.");
    command->footer(
        "Examples:\n"
        "  leat dispatch sentiment '{\"text\": \"fine\"}' --wait=30s\n"
        "  leat dispatch sentiment --file tasks.jsonl --priority low\n"
        "  leat dispatch payments '{\"order\": 7}' --id order-7 --durability replicated:1\n");
    session.on(command, [&session, arguments] { return dispatch(session, *arguments); });
}

}  // namespace leat::cli
