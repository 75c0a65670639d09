#include "async/io_thread.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <latch>
#include <optional>
#include <stdexcept>
#include <string>

namespace leat::async {
namespace {

namespace asio = boost::asio;

TEST(IoThread, RunsWorkOnAThreadWithItsName) {
    IoThread io("leat-a-long-thread-name");
    std::promise<std::string> name;
    asio::post(io.context(), [&] {
        std::array<char, 16> text{};
        pthread_getname_np(pthread_self(), text.data(), text.size());
        name.set_value(text.data());
    });
    EXPECT_EQ(name.get_future().get(), "leat-a-long-thr");
}

TEST(IoThread, RunsWorkOnAllItsThreads) {
    constexpr int kThreads = 3;
    IoThread io("leat-io", kThreads);
    std::latch all_inside(kThreads);
    std::latch all_done(kThreads);
    for (int i = 0; i < kThreads; ++i) {
        asio::post(io.context(), [&] {
            all_inside.arrive_and_wait();  // passes only with all three at once
            all_done.count_down();
        });
    }
    all_done.wait();
}

TEST(IoThread, EndRunsWhatIsReadyAndWaitsForNothingElse) {
    std::atomic<int> ran = 0;
    std::optional<asio::steady_timer> forgotten;
    {
        IoThread io("leat-io");
        forgotten.emplace(io.context(), asio::steady_timer::time_point::max());
        forgotten->async_wait([](auto) {});
        for (int i = 0; i < 100; ++i)
            asio::post(io.context(), [&] { ++ran; });
        forgotten.reset();
    }
    EXPECT_EQ(ran, 100);
}

TEST(IoThread, NeedsAThread) {
    EXPECT_THROW(IoThread("leat-io", 0), std::logic_error);
}

}  // namespace
}  // namespace leat::async
