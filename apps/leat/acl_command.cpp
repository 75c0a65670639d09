// leat acl: a Redis user with no more rights than its part needs.
#include <CLI/CLI.hpp>
#include <memory>

#include "session.hpp"
#include "store/acl.hpp"

namespace leat::cli {
namespace {

struct Arguments {
    std::string role;
    std::string user;
    std::string server_version;
};

store::AclScope scope_of(config::Config const& config) {
    store::AclScope scope;
    scope.prefix = config.connection.prefix;
    auto const add = [&scope](std::string const& stream) {
        if (!stream.empty() && !stream.starts_with(scope.prefix + ":")) scope.streams.push_back(stream);
    };
    if (config.front_door.enabled) {
        add(config.front_door.stream);
        add(config.front_door.dead_stream);
    }
    for (auto const& [name, agent] : config.agents) {
        add(agent.options.results_stream);
        add(agent.options.dead_stream);
    }
    return scope;
}

Result<std::string> server_version(Session& session, Arguments const& arguments) {
    if (!arguments.server_version.empty()) return arguments.server_version;
    auto const inspector = session.inspector();
    if (!inspector) return std::unexpected(inspector.error());
    auto const server = session.await((*inspector)->server());
    if (!server) return std::unexpected(server.error());
    return server->version;
}

ExitCode acl(Session& session, Arguments const& arguments) {
    auto const role = store::acl_role_from_string(arguments.role);
    if (!role) {
        session.out.note("There is no role '" + arguments.role + "'; it is " + std::string(store::kAclRoles) + ".");
        return ExitCode::usage;
    }
    auto const user = arguments.user.empty() ? "leat-" + std::string(to_string(*role)) : arguments.user;
    if (auto const named = check_name("user", user); !named) return session.fail(named.error());
    auto const configured = session.config();
    if (!configured) return session.fail(configured.error());
    auto const version = server_version(session, arguments);
    if (!version) return session.fail(version.error());
    auto const rules = store::acl_rules(*role, scope_of(**configured), *version);
    if (session.out.json_mode) {
        session.out.print(
            {{"role", to_string(*role)}, {"user", user}, {"server_version", *version}, {"rules", json(rules)}});
        return ExitCode::ok;
    }
    std::string line = "ACL SETUSER " + user;
    for (auto const& rule : rules)
        line += " " + rule;
    session.out.line(line);
    session.out.note("The user cannot log in before it has a password: redis-cli ACL SETUSER " + user +
                     " '>PASSWORD'. ACL SAVE keeps it, where the server has an ACL file.");
    return ExitCode::ok;
}

}  // namespace

void add_acl_command(CLI::App& app, Session& session) {
    auto* const command =
        app.add_subcommand("acl", "Print the rules of a Redis user with no more rights than its part needs.");
    auto const arguments = std::make_shared<Arguments>();
    command->add_option("role", arguments->role, std::string(store::kAclRoles) + ".")->required();
    command->add_option("--user", arguments->user, "The user's name. Default: leat-ROLE.");
    command->add_option("--server-version", arguments->server_version,
                        "The server's version, such as 7.2. Default: the server is asked.");
    command->footer("Examples:\n  leat acl worker\n  leat acl producer --user shop --server-version 7.2\n");
    session.on(command, [&session, arguments] { return acl(session, *arguments); });
}

}  // namespace leat::cli
