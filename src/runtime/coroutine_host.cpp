#include "runtime/coroutine_host.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

namespace leat::runtime {
namespace {

boost::asio::awaitable<void> fly(std::shared_ptr<Flight> flight, std::shared_ptr<Context> context,
                                 CoroutineHandler const* handler) {
    std::exception_ptr thrown;
    try {
        flight->verdict = co_await (*handler)(flight->task, *context);
    } catch (...) {
        thrown = std::current_exception();
    }
    if (!thrown) co_return;
    try {
        std::rethrow_exception(thrown);
    } catch (...) {
        flight->verdict = verdict_of_current_exception();
    }
}

}  // namespace

CoroutineHost::CoroutineHost(int threads) {
    for (int i = 0; i < std::max(threads, 1); ++i) {
        threads_.push_back(std::make_unique<async::IoThread>("leat-handler"));
    }
}

void CoroutineHost::launch(std::vector<std::shared_ptr<Flight>> flights, CoroutineHandler const& handler,
                           MakeContext const& make_context, Finish const& finish) {
    std::vector<std::vector<std::shared_ptr<Flight>>> shares(threads_.size());
    for (auto& flight : flights) {
        flight->home = &threads_[next_]->context();
        shares[next_].push_back(std::move(flight));
        next_ = (next_ + 1) % threads_.size();
    }
    for (auto& share : shares) {
        if (share.empty()) continue;
        auto& home = *share.front()->home;
        boost::asio::post(home, [share = std::move(share), &home, &handler, &make_context, &finish] {
            for (auto const& flight : share) {
                auto context = make_context(flight);
                boost::asio::co_spawn(
                    home, fly(flight, std::move(context), &handler),
                    boost::asio::bind_cancellation_slot(flight->interrupt.slot(),
                                                        [flight, &finish](std::exception_ptr) { finish(flight); }));
            }
        });
    }
}

void CoroutineHost::interrupt(std::shared_ptr<Flight> const& flight) {
    if (flight->home == nullptr) return;
    boost::asio::post(*flight->home, [flight] { flight->interrupt.emit(boost::asio::cancellation_type::terminal); });
}

}  // namespace leat::runtime
