#include "chaos/fault_steps.hpp"

namespace leat::cli::chaos {

Result<std::string> config(RedisLink& redis, std::string const& name) {
    auto const reply = redis.command({"config", "get", name});
    if (!reply) return std::unexpected(reply.error());
    auto const root = reply->root();
    if (root.size() != 2) return fail(ErrorCode::unsupported, "chaos", "the server has no setting " + name);
    return std::string(root[1].text());
}

Result<void> set_config(RedisLink& redis, std::string const& name, std::string const& value) {
    auto const reply = redis.command({"config", "set", name, value});
    if (!reply) return std::unexpected(reply.error());
    return {};
}

Result<std::string> info(RedisLink& redis, std::string const& section, std::string_view field) {
    auto const reply = redis.command({"info", section});
    if (!reply) return std::unexpected(reply.error());
    auto const text = reply->root().text();
    auto const name = std::string(field) + ":";
    auto at = text.starts_with(name) ? 0 : text.find("\n" + name);
    if (at == std::string_view::npos) return std::string();
    at = text.find(':', at) + 1;
    return std::string(text.substr(at, text.find_first_of("\r\n", at) - at));
}

void try_command(RedisLink& redis, std::vector<std::string> const& words) {
    constexpr Milliseconds patience{1'000};
    [[maybe_unused]] auto const ignored = redis.command(words, patience);
}

bool wait_up_to(FaultContext& context, Milliseconds limit) {
    return context.wait(Milliseconds(context.random.below(static_cast<std::uint64_t>(limit.count()) + 1)));
}

void add_environment(std::map<std::string, std::string>& to, std::map<std::string, std::string> const& from) {
    for (auto const& [name, value] : from) {
        auto& present = to[name];
        bool const join = name == "LD_PRELOAD" && !present.empty();
        present = join ? present + ":" + value : value;
    }
}

}  // namespace leat::cli::chaos
