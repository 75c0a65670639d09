#include "runtime/script_keeper.hpp"

#include "store/scripts.hpp"

namespace leat::runtime {

boost::asio::awaitable<void> ScriptKeeper::run() {
    while (!stopping_) {
        auto const loaded = co_await store::load_scripts(core_.command);
        if (!loaded) {
            auto error = loaded.error();
            co_await pause_after(std::move(error), {});
            continue;
        }
        succeeded();
        co_await wake_.wait_for(core_.jittered(kScriptsEvery));
    }
}

}  // namespace leat::runtime
