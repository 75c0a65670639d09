#pragma once
// Addresses of a host name, by the system's resolver.
//
// The resolver cannot be interrupted and may take half a minute. It runs in a thread that nobody waits for: an
// abandoned look-up ends by itself, touching nothing but what it shares with its thread.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "async/signal.hpp"

namespace leat::redis {

// On the executor's one thread.
class HostLookup {
  public:
    using Addresses = std::vector<boost::asio::ip::address>;
    using Answer = std::expected<Addresses, std::string>;  // or why there are none
    // Blocks until it knows. Called in a thread of its own.
    using Resolve = std::function<Answer(std::string const& host)>;

    HostLookup(boost::asio::any_io_executor const& executor, std::string host, Resolve resolve);
    ~HostLookup();  // abandons it; wait() must have returned
    HostLookup(HostLookup const&) = delete;
    HostLookup& operator=(HostLookup const&) = delete;

    // The answer, or "abandoned". Await it once.
    [[nodiscard]] boost::asio::awaitable<Answer> wait();
    // Ends wait(). Idempotent.
    void abandon();

  private:
    struct Shared;

    async::Signal done_;
    std::shared_ptr<Shared> shared_;
};

// getaddrinfo.
[[nodiscard]] HostLookup::Answer resolve_by_system(std::string const& host);

}  // namespace leat::redis
