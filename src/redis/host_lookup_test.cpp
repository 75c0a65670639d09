#include "redis/host_lookup.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <semaphore>

#include "support/coroutine.hpp"

namespace leat::redis {
namespace {

namespace asio = boost::asio;

// A resolver that answers when the test lets it.
struct SlowResolver {
    std::shared_ptr<std::binary_semaphore> let_go = std::make_shared<std::binary_semaphore>(0);
    std::shared_ptr<std::binary_semaphore> ended = std::make_shared<std::binary_semaphore>(0);

    HostLookup::Answer operator()(std::string const& host) const {
        let_go->acquire();
        ended->release();
        return std::unexpected("no " + host);
    }
};

asio::awaitable<void> expect(HostLookup& lookup, HostLookup::Answer wanted) {
    auto const answer = co_await lookup.wait();
    EXPECT_EQ(answer, wanted);
}

TEST(HostLookup, TellsTheAddresses) {
    asio::io_context context{1};
    HostLookup::Addresses const addresses{asio::ip::make_address("10.0.0.1"), asio::ip::make_address("::1")};
    HostLookup lookup(context.get_executor(), "redis", [&](std::string const& host) {
        EXPECT_EQ(host, "redis");
        return addresses;
    });
    testing::run(context, expect(lookup, addresses));
}

TEST(HostLookup, TellsWhyThereAreNone) {
    asio::io_context context{1};
    SlowResolver const resolver;
    HostLookup lookup(context.get_executor(), "redis", resolver);
    resolver.let_go->release();
    testing::run(context, expect(lookup, std::unexpected(std::string("no redis"))));
}

TEST(HostLookup, AnAbandonedOneHoldsNobodyUp) {
    SlowResolver const resolver;
    {
        asio::io_context context{1};
        HostLookup lookup(context.get_executor(), "redis", resolver);
        asio::post(context, [&] { lookup.abandon(); });
        testing::run(context, expect(lookup, std::unexpected(std::string("abandoned"))));
    }
    // The context is gone; the resolver answers now, to nobody.
    resolver.let_go->release();
    resolver.ended->acquire();
}

TEST(HostLookup, AnAnswerBehindTheEndOfItsOwnerIsDropped) {
    asio::io_context context{1};
    SlowResolver const resolver;
    {
        HostLookup const lookup(context.get_executor(), "redis", resolver);
        resolver.let_go->release();
        resolver.ended->acquire();
    }
    context.run();
}

TEST(HostLookup, TheSystemKnowsThisMachine) {
    auto const addresses = resolve_by_system("localhost");
    ASSERT_TRUE(addresses) << addresses.error();
    for (auto const& address : *addresses)
        EXPECT_TRUE(address.is_loopback()) << address;
}

}  // namespace
}  // namespace leat::redis
