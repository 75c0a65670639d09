#pragma once
// One run of the program: global options, configuration, output, and connections that are made when first needed.
#include <CLI/App.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "async/task_group.hpp"
#include "config/load.hpp"
#include "exit_code.hpp"
#include "inspect/inspector.hpp"
#include "leat/client.hpp"
#include "output.hpp"
#include "redis/connection.hpp"

namespace leat::cli {

class Session {
  public:
    Session();
    ~Session();
    Session(Session const&) = delete;
    Session& operator=(Session const&) = delete;

    Output out;
    config::Sources sources;  // file and flags; commands add theirs before config() is first called

    // Runs `body` when `command` was given on the command line; its answer becomes the exit code.
    void on(CLI::App* command, std::function<ExitCode()> body);
    [[nodiscard]] ExitCode exit_code() const noexcept { return exit_code_; }

    // Prints the error; answers its exit code.
    ExitCode fail(Error const& error);

    // The sources, read once; the environment is taken in here. All problems are printed at the first call.
    [[nodiscard]] Result<config::Config const*> config();
    // Connects lazily, on the thread that calls await(). Valid until the session ends.
    [[nodiscard]] Result<inspect::Inspector const*> inspector();
    // A new client with the policy for `agent`.
    [[nodiscard]] Result<std::unique_ptr<Client>> client(std::string_view agent, SpanListener on_span = {});

    // Runs the session's thread until `task` has its answer.
    template <class T>
    [[nodiscard]] T await(boost::asio::awaitable<T> task) {
        std::optional<T> answer;
        std::exception_ptr thrown;
        boost::asio::co_spawn(context_, keep(std::move(task), answer), [&](std::exception_ptr error) {
            thrown = error;
            if (error || answer) done_ = true;
        });
        run_until_done();
        if (thrown) std::rethrow_exception(thrown);
        return std::move(*answer);
    }
    [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }

  private:
    struct Link;

    template <class T>
    static boost::asio::awaitable<void> keep(boost::asio::awaitable<T> task, std::optional<T>& answer) {
        answer.emplace(co_await std::move(task));
    }
    void run_until_done();

    boost::asio::io_context context_{1};
    bool done_ = false;
    ExitCode exit_code_ = ExitCode::ok;
    std::optional<config::Config> config_;
    std::unique_ptr<Link> link_;
};

// Adds the flag of a key of the configuration: its name and help are those of the options table. A key without a flag
// is a programmer's error.
void add_config_flag(CLI::App& app, Session& session, std::string_view key);
// The same for a key of an agent ("lease"). It belongs to the agents that the command puts into `session.sources`.
void add_agent_flag(CLI::App& app, Session& session, std::string_view key);

// The variables of this process.
[[nodiscard]] std::map<std::string, std::string> environment();

// --- the commands, one file per group
// ---------------------------------------------------------------------------------

void add_dispatch_commands(CLI::App& app, Session& session);
void add_task_commands(CLI::App& app, Session& session);
void add_agent_commands(CLI::App& app, Session& session);
void add_dead_commands(CLI::App& app, Session& session);
void add_watch_commands(CLI::App& app, Session& session);  // pending, workers, results
void add_config_commands(CLI::App& app, Session& session);
void add_doctor_command(CLI::App& app, Session& session);
void add_acl_command(CLI::App& app, Session& session);

}  // namespace leat::cli
