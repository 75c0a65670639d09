#pragma once
// What a listener serves: it asks with the header, then with the whole request.
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "http/message.hpp"
#include "http/routes.hpp"
#include "http/target.hpp"

namespace leat::http {

// A request that was let in. The views in `head` live until it is answered.
struct Request {
    Head head{};
    Route const* route = nullptr;
    Target target{};
    std::vector<std::string> values{};  // of the path's {…}
    Role role = Role::nobody;
    std::string body{};
};

// What to do with a request whose header is there.
struct Admission {
    std::optional<Response> refusal{};   // answer this, without reading the body
    std::chrono::milliseconds delay{0};  // … after this long
    std::uint64_t body_bytes_max = 0;
    Request request{};
};

// The writing end of an event stream.
class EventWriter {
  public:
    virtual ~EventWriter() = default;
    // Sends text; false once the other end is gone, too slow, or the listener stops.
    [[nodiscard]] virtual boost::asio::awaitable<bool> write(std::string text) = 0;
};

// All functions on the listener's thread.
class App {
  public:
    virtual ~App() = default;
    [[nodiscard]] virtual Admission admit(Head const& head) = 0;
    [[nodiscard]] virtual boost::asio::awaitable<Response> answer(Request request) = 0;
    // For routes with `stream`: an answer instead of a stream, or nothing once the stream has ended. The head of the
    // stream goes out with the first write.
    [[nodiscard]] virtual boost::asio::awaitable<std::optional<Response>> stream(Request request,
                                                                                 EventWriter& writer) = 0;
    // A request that was let in gets this status from the listener, because of its body.
    virtual void refused(Request const& request, unsigned status) = 0;
};

}  // namespace leat::http
