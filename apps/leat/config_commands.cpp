// leat config: show, check; leat version.
#include <CLI/CLI.hpp>

#include "config/reference.hpp"
#include "leat/json.hpp"
#include "leat/version.hpp"
#include "session.hpp"

namespace leat::cli {
namespace {

ExitCode show(Session& session) {
    auto const configured = session.config();
    if (!configured) return session.fail(configured.error());
    auto const settings = config::settings(**configured);
    if (session.out.json_mode) {
        auto list = json::array();
        for (auto const& setting : settings)
            list.push_back({{"key", setting.key}, {"value", setting.value}, {"origin", setting.origin}});
        session.out.print({{"settings", std::move(list)}});
        return ExitCode::ok;
    }
    Table table({{"KEY"}, {"VALUE", Align::left, 80}, {"FROM"}});
    for (auto const& setting : settings)
        table.add({setting.key, setting.value, setting.origin});
    session.out.print_table(table);
    return ExitCode::ok;
}

ExitCode check(Session& session) {
    auto const configured = session.config();
    if (!configured) return session.fail(configured.error());
    if (session.out.json_mode) {
        session.out.print({{"ok", true}});
    } else {
        session.out.line("The configuration is good.");
    }
    return ExitCode::ok;
}

ExitCode version(Session& session) {
    if (session.out.json_mode) {
        session.out.print({{"version", LEAT_VERSION}});
    } else {
        session.out.line("leat " LEAT_VERSION);
    }
    return ExitCode::ok;
}

}  // namespace

void add_config_commands(CLI::App& app, Session& session) {
    auto* const group = app.add_subcommand("config", "Look at the configuration.");
    group->require_subcommand(1);
    session.on(group->add_subcommand("show", "Every value and where it comes from; secrets are hidden."),
               [&session] { return show(session); });
    session.on(group->add_subcommand("check", "Read the configuration and say everything that is wrong with it."),
               [&session] { return check(session); });
    group->footer("Examples:\n  leat config show\n  leat config check --config /etc/leat.toml\n");

    auto* const printed = app.add_subcommand("version", "The program's version.");
    printed->footer("Example:\n  leat version --json\n");
    session.on(printed, [&session] { return version(session); });
}

}  // namespace leat::cli
