#pragma once
// An HTTP server on a thread of its own, as long as this object.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "http/access.hpp"
#include "http/api.hpp"
#include "http/limits.hpp"
#include "leat/error.hpp"

namespace leat::http {

struct ServerOptions {
    std::string listen = "127.0.0.1:7070";  // port 0: a free one
    AccessOptions access{};
    ApiOptions api{};
    ListenerLimits limits{};
};

class Server {
  public:
    // Binds, then serves; connects to Redis lazily and for ever. Errors: invalid_input (a malformed address, token or
    // URL; an address that others reach, without a token), unavailable (the address is taken).
    [[nodiscard]] static Result<std::unique_ptr<Server>> start(ServerOptions options);
    // Ends streams and long polls, then everything else.
    ~Server();
    Server(Server const&) = delete;
    Server& operator=(Server const&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept;
    // "http://127.0.0.1:7070"
    [[nodiscard]] std::string url() const;

  private:
    class Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

// "http://127.0.0.1:7070", "http://[::1]:7070"
[[nodiscard]] std::string url_of(std::string const& host, std::uint16_t port);

}  // namespace leat::http
