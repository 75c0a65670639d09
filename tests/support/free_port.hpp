#pragma once
// A TCP port of this machine that nobody uses now.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>

namespace leat::testing {

// Somebody else may take it before the caller does: unlikely, as the system hands out others first.
inline std::uint16_t free_port() {
    boost::asio::io_context context;
    boost::asio::ip::tcp::acceptor const acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
    return acceptor.local_endpoint().port();
}

}  // namespace leat::testing
