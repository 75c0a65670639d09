#include "store/scripts.hpp"

#include <algorithm>
#include <array>

#include "redis/error_class.hpp"
#include "scripts.gen.hpp"
#include "store/acl.hpp"

namespace leat::store {
namespace {

using redis::Command;

constexpr std::string_view kLoadScripts = "load scripts";

// The quoted word at `at`, in lower case; empty where there is none. Moves `at` behind it.
std::string quoted_word(std::string_view text, std::size_t& at) {
    if (at >= text.size() || text[at] != '\'') return {};
    auto const end = text.find('\'', at + 1);
    if (end == std::string_view::npos) return {};
    std::string word(text.substr(at + 1, end - at - 1));
    std::ranges::transform(word, word.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    at = end + 1;
    return word;
}

}  // namespace

boost::asio::awaitable<Result<void>> load_scripts(redis::Connection& connection) {
    Command exists("SCRIPT");
    exists.arg("EXISTS");
    for (auto const* const script : scripts::kAll)
        exists.arg(script->sha1);
    auto const known = co_await connection.exec(std::move(exists));
    if (!known) co_return std::unexpected(known.error());
    if (known->root().is_error()) co_return std::unexpected(redis::error_of_reply(kLoadScripts, known->root().text()));
    std::vector<Command> loads;
    for (std::size_t i = 0; i < scripts::kAll.size(); ++i) {
        if (known->root()[i].integer() == 1) continue;
        loads.emplace_back("SCRIPT");
        loads.back().arg("LOAD").arg(scripts::kAll[i]->source);
    }
    if (loads.empty()) co_return Result<void>();
    auto const loaded = co_await connection.exec_all(std::move(loads));
    if (!loaded) co_return std::unexpected(loaded.error());
    for (auto const& reply : *loaded) {
        if (reply.root().is_error())
            co_return std::unexpected(redis::error_of_reply(kLoadScripts, reply.root().text()));
    }
    co_return Result<void>();
}

std::vector<std::string_view> script_names() {
    std::vector<std::string_view> names;
    for (auto const* const script : scripts::kAll)
        names.push_back(script->name);
    std::ranges::sort(names);
    return names;
}

std::set<std::string> script_commands(std::string_view script_name) {
    std::set<std::string> commands;
    auto const script = std::ranges::find(scripts::kAll, script_name, [](auto const* each) { return each->name; });
    if (script == scripts::kAll.end()) return commands;
    auto const source = (*script)->source;
    constexpr std::string_view kCall = "call(";  // pcall() calls functions: what follows is no literal
    for (auto at = source.find(kCall); at != std::string_view::npos; at = source.find(kCall, at)) {
        at += kCall.size();
        auto command = quoted_word(source, at);
        if (command.empty()) continue;
        if (has_subcommands(command) && source.substr(at, 2) == ", ") {
            at += 2;
            command += "|" + quoted_word(source, at);
        }
        commands.insert(std::move(command));
    }
    return commands;
}

}  // namespace leat::store
