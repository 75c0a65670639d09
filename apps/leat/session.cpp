#include "session.hpp"

#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "config/options_table.hpp"
#include "core/random.hpp"
#include "private_server.hpp"
#include "store/open.hpp"

namespace leat::cli {
namespace {

// The table's sentences are Markdown; --help is plain text.
std::string without_backquotes(std::string_view text) {
    std::string plain(text);
    std::erase(plain, '`');
    return plain;
}

void add_flag(CLI::App& app, Session& session, config::OptionInfo const& option, bool is_switch) {
    if (option.flag.empty()) throw std::logic_error("no flag for " + std::string(option.key));
    auto const name = std::string(option.flag);
    auto const sentence = without_backquotes(option.sentence);
    if (is_switch) {
        app.add_flag_callback(
            name, [&session, name] { session.sources.flags[name] = "true"; }, sentence);
    } else {
        app.add_option_function<std::string>(
            name, [&session, name](std::string const& value) { session.sources.flags[name] = value; }, sentence);
    }
}

}  // namespace

std::map<std::string, std::string> environment() {
    std::map<std::string, std::string> variables;
    for (auto const* const* variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
        std::string_view const text = *variable;
        if (auto const equals = text.find('='); equals != std::string_view::npos) {
            variables.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return variables;
}

struct Session::Link {
    Link(boost::asio::io_context& context, redis::ConnectOptions connect, std::string const& prefix)
        : connection(context.get_executor(), std::move(connect), {}, core::Random::from_entropy().next()),
          group(context.get_executor()),
          inspector(connection, prefix) {
        group.spawn(connection.run());
    }

    redis::Connection connection;
    async::TaskGroup group;
    inspect::Inspector inspector;
};

Session::Session() = default;

Session::~Session() {
    if (!link_) return;
    link_->connection.close();
    bool joined = false;
    boost::asio::co_spawn(context_, link_->group.join(), [&](std::exception_ptr) { joined = true; });
    context_.restart();
    while (!joined && context_.run_one() > 0) {
    }
}

void Session::on(CLI::App* command, std::function<ExitCode()> body) {
    command->callback([this, body = std::move(body)] { exit_code_ = body(); });
}

ExitCode Session::fail(Error const& error) {
    out.error(error);
    return exit_code_of(error.code);
}

Result<config::Config const*> Session::config() {
    if (config_) return &*config_;
    sources.environment = environment();
    if (auto const named = sources.environment.find("LEAT_CONFIG");
        named != sources.environment.end() && !sources.file_required) {
        sources.file = named->second;
        sources.file_required = true;
    }
    auto loaded = config::load(sources);
    if (!loaded) {
        for (auto const& problem : loaded.error())
            out.note(problem.message());
        return leat::fail(ErrorCode::invalid_input, "", "The configuration cannot be used; see above");
    }
    config_ = std::move(*loaded);
    // Where nothing names a server, the `leat dev` that runs in this folder is meant.
    if (!config_->origins.contains("redis.url")) {
        if (auto url = dev_server_url(config_->data_dir); !url.empty()) {
            config_->connection.redis = std::move(url);
            config_->origins["redis.url"] = "leat dev";
        }
    }
    return &*config_;
}

Result<inspect::Inspector const*> Session::inspector() {
    if (link_) return &link_->inspector;
    auto const configured = config();
    if (!configured) return std::unexpected(configured.error());
    auto connect = store::connect_options_of((*configured)->connection);
    if (!connect) return std::unexpected(connect.error());
    link_ = std::make_unique<Link>(context_, std::move(*connect), (*configured)->connection.prefix);
    return &link_->inspector;
}

Result<std::unique_ptr<Client>> Session::client(std::string_view agent, SpanListener on_span) {
    auto const configured = config();
    if (!configured) return std::unexpected(configured.error());
    auto options = (*configured)->client_options(agent);
    options.on_span = std::move(on_span);
    if (auto const connect = store::connect_options_of(options); !connect) return std::unexpected(connect.error());
    return std::make_unique<Client>(std::move(options));
}

void Session::run_until_done() {
    done_ = false;
    context_.restart();
    while (!done_ && context_.run_one() > 0) {
    }
    if (!done_) throw std::logic_error("nothing is left that could answer");
}

void add_config_flag(CLI::App& app, Session& session, std::string_view key) {
    auto const options = config::global_options();
    auto const option = std::ranges::find(options, key, &config::GlobalOption::key);
    if (option == options.end()) throw std::logic_error("no key " + std::string(key));
    config::Config config;
    add_flag(app, session, *option, std::holds_alternative<bool*>(option->field(config)));
}

void add_agent_flag(CLI::App& app, Session& session, std::string_view key) {
    auto const options = config::agent_options();
    auto const option = std::ranges::find(options, key, &config::AgentOption::key);
    if (option == options.end()) throw std::logic_error("no key " + std::string(key));
    add_flag(app, session, *option, /*is_switch=*/false);
}

}  // namespace leat::cli
