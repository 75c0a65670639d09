#pragma once
// For tests of the server: a private redis-server with the agent `sentiment`, an HTTP server on a free port, and a
// client that says exactly what it is told to, on a real socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "http/server.hpp"
#include "store/store_fixture.hpp"

namespace leat::http::testing {

struct Reply {
    unsigned status = 0;                          // 0: the connection ended without one
    std::map<std::string, std::string> fields{};  // names in lower case
    std::string body{};

    [[nodiscard]] std::string field(std::string const& name) const {
        auto const found = fields.find(name);
        return found == fields.end() ? "" : found->second;
    }
    [[nodiscard]] json value() const { return json::parse(body, nullptr, false); }
    [[nodiscard]] std::string code() const {
        auto const problem = value();
        return problem.is_object() ? problem.value("code", "") : "";
    }
};

using Fields = std::map<std::string, std::string>;

// One connection. Reads give up after kPatience.
class TestClient {
  public:
    static constexpr auto kPatience = std::chrono::seconds(60);

    explicit TestClient(std::uint16_t port) { socket_.connect({boost::asio::ip::address_v4::loopback(), port}); }

    // Sends bytes as they are; false once the other end is gone.
    bool send(std::string_view bytes) {
        boost::system::error_code error;
        boost::asio::write(socket_, boost::asio::buffer(bytes), error);
        return !error;
    }
    Reply request(std::string const& verb, std::string const& target, std::string const& body = {},
                  Fields fields = {}) {
        std::string text = verb + " " + target + " HTTP/1.1\r\n";
        fields.try_emplace("Host", "localhost");
        if (!body.empty()) fields.try_emplace("Content-Type", "application/json");
        if (!body.empty() || verb == "POST") fields.try_emplace("Content-Length", std::to_string(body.size()));
        for (auto const& [name, value] : fields)
            if (value != kAbsent) text += name + ": " + value + "\r\n";
        (void)send(text + "\r\n" + body);
        return read(verb == "HEAD");
    }
    static constexpr auto kAbsent = "(absent)";

    Reply read(bool head_only = false) {
        Reply reply;
        auto const head = read_until("\r\n\r\n");
        if (head.empty()) return reply;
        parse_head(head, reply);
        if (head_only || reply.status == 204 || reply.status == 304) return reply;
        auto const length = reply.field("content-length");
        if (length.empty()) return reply;  // a stream
        std::size_t size = 0;
        std::from_chars(length.data(), length.data() + length.size(), size);
        while (buffer_.size() < size && read_some()) {
        }
        reply.body = buffer_.substr(0, size);
        buffer_.erase(0, size);
        return reply;
    }
    // The next event of a stream: its lines; empty once the stream has ended.
    std::string event() {
        std::string text;
        do {
            text = read_until("\n\n");
        } while (text.starts_with(":"));
        return text;
    }
    // Whether the other end has closed, after whatever it still had to say.
    bool closed() {
        while (read_some()) {
        }
        return ended_;
    }

  private:
    std::string read_until(std::string_view end) {
        std::size_t found = 0;
        while ((found = buffer_.find(end)) == std::string::npos)
            if (!read_some()) return {};
        auto text = buffer_.substr(0, found + end.size());
        buffer_.erase(0, text.size());
        return text;
    }
    bool read_some() {
        if (ended_) return false;  // after the end no further event would come
        std::array<char, 16 * 1024> bytes{};
        bool done = false;
        std::size_t got = 0;
        socket_.async_read_some(boost::asio::buffer(bytes), [&](boost::system::error_code error, std::size_t size) {
            done = true;
            got = size;
            ended_ = ended_ || static_cast<bool>(error);
        });
        context_.restart();
        context_.run_for(kPatience);
        if (!done) {
            socket_.cancel();
            context_.restart();
            context_.run();
            ended_ = false;
            return false;
        }
        buffer_.append(bytes.data(), got);
        return got > 0;
    }
    static void parse_head(std::string const& head, Reply& reply) {
        std::istringstream lines(head);
        std::string line;
        std::getline(lines, line);
        if (line.size() > 12) std::from_chars(line.data() + 9, line.data() + 12, reply.status);
        while (std::getline(lines, line)) {
            auto const colon = line.find(": ");
            if (colon == std::string::npos) continue;
            auto name = line.substr(0, colon);
            std::ranges::transform(name, name.begin(),
                                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
            auto value = line.substr(colon + 2);
            if (value.ends_with('\r')) value.pop_back();
            reply.fields[name] = value;
        }
    }

    boost::asio::io_context context_;
    boost::asio::ip::tcp::socket socket_{context_};
    std::string buffer_;
    bool ended_ = false;
};

class HttpFixture : public store::StoreFixture {
  protected:
    static constexpr auto kOperatorToken = "operator-0123456789";
    static constexpr auto kViewerToken = "viewer-0123456789abc";

    ~HttpFixture() override { http.reset(); }  // it tells of dispatches at its end

    // By Redis' clock.
    [[nodiscard]] std::int64_t server_ms() const {
        std::istringstream time(ask({"TIME"}));
        std::int64_t seconds = 0;
        std::int64_t microseconds = 0;
        time >> seconds >> microseconds;
        return seconds * 1'000 + microseconds / 1'000;
    }

    // Call it once, after changing `options`.
    void start_server() {
        options.listen = "127.0.0.1:0";
        options.api.client.redis = server.url();
        options.api.client.connect_timeout = std::chrono::milliseconds(200);
        options.api.overview_age = std::chrono::milliseconds(10);
        options.api.on_audit = [this](AuditRecord const& record) {
            std::lock_guard const lock(audit_mutex_);
            audit_.push_back(std::string(record.action) + " " + std::string(record.role) + " " +
                             std::string(record.agent) + " " + std::string(record.subject) + " " +
                             std::string(record.detail) + " " + std::to_string(record.status));
        };
        auto started = Server::start(options);
        ASSERT_TRUE(started) << started.error().message();
        http = std::move(*started);
        ASSERT_EQ(until_ready().status, 200U);
    }
    // One request on a connection of its own.
    Reply ask_http(std::string const& verb, std::string const& target, std::string const& body = {},
                   Fields fields = {}) {
        fields.try_emplace("X-Leat-Request", "1");
        TestClient client_once(http->port());
        return client_once.request(verb, target, body, std::move(fields));
    }
    Reply get(std::string const& target) { return ask_http("GET", target); }
    Reply post(std::string const& target, std::string const& body = {}) { return ask_http("POST", target, body); }
    std::vector<std::string> audited() {
        std::lock_guard const lock(audit_mutex_);
        return audit_;
    }
    // A task that ended with a verdict of worker w1.
    void finished(std::string const& id, store::SettleVerdict how, std::string_view text,
                  std::string payload = "{\"n\":1}") {
        auto const delivery = start("w1", {.id = id, .payload = std::move(payload)});
        ASSERT_TRUE(settle("w1", verdict(delivery, how, text)));
    }
    void dead(std::string const& id, std::string_view error = "boom", std::string payload = "{\"n\":1}") {
        finished(id, store::SettleVerdict::dead, error, std::move(payload));
    }

    ServerOptions options;
    std::unique_ptr<Server> http;

  private:
    // The server connects to Redis by itself.
    Reply until_ready() {
        auto const deadline = std::chrono::steady_clock::now() + TestClient::kPatience;
        Reply reply;
        do {
            reply = get("/readyz");
        } while (reply.status == 503 && std::chrono::steady_clock::now() < deadline);
        return reply;
    }

    std::mutex audit_mutex_;
    std::vector<std::string> audit_;  // guarded by audit_mutex_
};

}  // namespace leat::http::testing
