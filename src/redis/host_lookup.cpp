#include "redis/host_lookup.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstring>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace leat::redis {
namespace {

namespace asio = boost::asio;

std::optional<asio::ip::address> address_of(sockaddr const* address) {
    if (address->sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, address, sizeof v4);
        return asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, address, sizeof v6);
        asio::ip::address_v6::bytes_type bytes;
        std::copy_n(std::begin(v6.sin6_addr.s6_addr), bytes.size(), bytes.begin());
        return asio::ip::address_v6(bytes, v6.sin6_scope_id);
    }
    return std::nullopt;
}

}  // namespace

// What the thread and its owner share. The thread has no other access to anything of ours.
struct HostLookup::Shared {
    std::mutex mutex;
    std::move_only_function<void()> wake;  // empty: abandoned
    std::optional<Answer> answer;
};

HostLookup::HostLookup(asio::any_io_executor const& executor, std::string host, Resolve resolve)
    : done_(executor), shared_(std::make_shared<Shared>()) {
    shared_->wake = [this, executor, weak = std::weak_ptr(shared_)] {
        // Runs under the mutex in the other thread; what it posts looks again whether anybody waits.
        asio::post(executor, [this, weak] {
            auto const shared = weak.lock();
            if (!shared) return;
            std::lock_guard const lock(shared->mutex);
            if (shared->wake) done_.notify();
        });
    };
    try {
        std::thread([shared = shared_, host = std::move(host), resolve = std::move(resolve)] {
            auto answer = resolve(host);
            std::lock_guard const lock(shared->mutex);
            shared->answer = std::move(answer);
            if (shared->wake) shared->wake();
        }).detach();
    } catch (std::system_error const& error) {
        shared_->answer = std::unexpected(std::string(error.what()));
        done_.notify();
    }
}

HostLookup::~HostLookup() {
    abandon();
}

asio::awaitable<HostLookup::Answer> HostLookup::wait() {
    co_await done_.wait();
    std::lock_guard const lock(shared_->mutex);
    if (!shared_->wake || !shared_->answer) co_return std::unexpected(std::string("abandoned"));
    co_return std::move(*shared_->answer);
}

void HostLookup::abandon() {
    {
        std::lock_guard const lock(shared_->mutex);
        shared_->wake = nullptr;
    }
    done_.notify();
}

HostLookup::Answer resolve_by_system(std::string const& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* found = nullptr;
    if (int const fault = ::getaddrinfo(host.c_str(), nullptr, &hints, &found); fault != 0) {
        return std::unexpected(std::string(::gai_strerror(fault)));
    }
    std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> const list(found, &::freeaddrinfo);
    HostLookup::Addresses addresses;
    for (auto const* entry = found; entry != nullptr; entry = entry->ai_next) {
        if (auto const address = address_of(entry->ai_addr)) addresses.push_back(*address);
    }
    if (addresses.empty()) return std::unexpected(std::string("it has no address"));
    return addresses;
}

}  // namespace leat::redis
