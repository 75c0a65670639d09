// What operators and starting workers do.
#include "redis/error_class.hpp"
#include "scripts.gen.hpp"
#include "store/script_reply.hpp"
#include "store/store.hpp"

namespace leat::store {
namespace {

using boost::asio::awaitable;
using redis::Command;

}  // namespace

awaitable<Result<void>> Store::register_agent(KeySpace const& space, AgentKeys const& keys,
                                              std::chrono::milliseconds lease) const {
    redis::ScriptCall call(scripts::kRegister, scripts::kRegisterKeys);
    add_lanes(call, keys);
    call.arg(keys.control).arg(tasks::kFormat).arg(lease.count()).arg(keys.control_channel);
    auto const reply = co_await redis::call(*connection_, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    auto const code = read_code("register", reply->root(), scripts::to_register_code);
    if (!code) co_return std::unexpected(code.error());
    if (*code == scripts::RegisterCode::newer) {
        co_return fail(ErrorCode::unsupported, "register",
                       "agent " + keys.agent + " has data of a newer format; update this program");
    }
    // The registry is shared by all agents, so in a cluster it is another slot: a command of its own.
    auto command = Command("SADD").arg(space.agents()).arg(keys.agent);
    auto const added = co_await connection_->exec(std::cref(command));
    if (!added) co_return std::unexpected(added.error());
    co_return check_reply("register", added->root());
}

}  // namespace leat::store
