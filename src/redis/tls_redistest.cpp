// TLS with a private authority that the test makes.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "redis/connection.hpp"
#include "support/free_port.hpp"
#include "support/redis_client.hpp"
#include "support/redis_server.hpp"

namespace leat::redis {
namespace {

using namespace std::chrono_literals;
using testing::RedisClient;
using testing::RedisServer;

// Files ca.pem, server.pem and server.key, client.pem and client.key in a folder of their own.
class Certificates {
  public:
    // `names` as in a certificate's subjectAltName.
    explicit Certificates(std::string const& names) {
        auto pattern = (std::filesystem::temp_directory_path() / "leat-tls-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        folder_ = pattern;
        openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test-ca "
            "-keyout ca.key -out ca.pem");
        sign("server", "-addext subjectAltName=" + names);
        sign("client", "");
        openssl("ec -in client.key -aes128 -passout pass:secret -out locked.key");
    }
    ~Certificates() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    Certificates(Certificates const&) = delete;
    Certificates& operator=(Certificates const&) = delete;

    [[nodiscard]] std::string file(std::string const& name) const { return (folder_ / name).string(); }

  private:
    // NAME.pem by the authority, and NAME.key.
    void sign(std::string const& name, std::string const& more) const {
        openssl("req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=" + name + " " + more +
                " -keyout " + name + ".key -out " + name + ".csr");
        openssl("x509 -req -in " + name +
                ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -copy_extensions copy " + "-out " + name +
                ".pem");
    }
    void openssl(std::string const& arguments) const {
        auto const command = "cd '" + folder_.string() + "' && openssl " + arguments + " >openssl.log 2>&1";
        if (std::system(command.c_str()) != 0) throw std::runtime_error("openssl failed: " + arguments);
    }

    std::filesystem::path folder_;
};

class TlsTest : public ::testing::Test {
  protected:
    std::vector<std::string> server_arguments(std::vector<std::string> more = {}) const {
        std::vector<std::string> all{"--tls-port",
                                     std::to_string(port_),
                                     "--bind",
                                     "127.0.0.1",
                                     "--tls-cert-file",
                                     certificates_.file("server.pem"),
                                     "--tls-key-file",
                                     certificates_.file("server.key"),
                                     "--tls-ca-cert-file",
                                     certificates_.file("ca.pem"),
                                     "--tls-auth-clients",
                                     "no"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    ConnectOptions options(std::string const& host) const {
        auto options = parse_url("rediss://" + host + ":" + std::to_string(port_)).value();
        options.tls_ca_file = certificates_.file("ca.pem");
        options.reconnect_delay_min = 1ms;
        options.reconnect_delay_max = 20ms;
        return options;
    }
    // With this side's certificate and key.
    ConnectOptions known(Certificates const& certificates) const {
        auto known = options("localhost");
        known.tls_cert_file = certificates.file("client.pem");
        known.tls_key_file = certificates.file("client.key");
        return known;
    }
    void expect_refusal(ConnectOptions const& options, ErrorCode code) {
        RedisClient client(context_, options);
        EXPECT_EQ(client.exec(Command("PING")), "denied");
        EXPECT_EQ(client.losses.at(0).code, code) << client.losses.at(0).message();
    }

    Certificates certificates_{"DNS:localhost,IP:127.0.0.1"};
    std::uint16_t port_ = testing::free_port();
    boost::asio::io_context context_{1};
};

TEST_F(TlsTest, ServesWhenTheCertificateIsRight) {
    RedisServer server(server_arguments());
    for (auto const* const host : {"localhost", "127.0.0.1"}) {
        RedisClient client(context_, options(host));
        std::string const value(3 * 1024 * 1024, 'x');
        EXPECT_EQ(client.exec(Command("SET").args("key", std::string_view(value))), "+OK");
        EXPECT_EQ(client.exec(Command("GET").arg("key")), '"' + value + '"');
        EXPECT_TRUE(client.losses.empty());
    }
}

TEST_F(TlsTest, SurvivesARestart) {
    RedisServer server(server_arguments());
    RedisClient client(context_, options("localhost"));
    EXPECT_EQ(client.exec(Command("PING")), "+PONG");
    server.kill();
    ASSERT_TRUE(client.until([&] { return client.losses.size() >= 2; }));
    server.start();
    EXPECT_EQ(client.exec(Command("PING"), {.reply_timeout = {}, .queue_timeout = 1min}), "+PONG");
}

TEST_F(TlsTest, ACertificateForAnotherHostIsRefused) {
    Certificates const other("DNS:redis.example.org");
    RedisServer const server(server_arguments({"--tls-cert-file", other.file("server.pem"), "--tls-key-file",
                                               other.file("server.key"), "--tls-ca-cert-file", other.file("ca.pem")}));
    auto wrong = options("localhost");
    wrong.tls_ca_file = other.file("ca.pem");
    expect_refusal(wrong, ErrorCode::denied);
    wrong.host = "127.0.0.1";
    expect_refusal(wrong, ErrorCode::denied);
}

TEST_F(TlsTest, ACertificateOfAnotherAuthorityIsRefused) {
    Certificates const other("DNS:localhost");
    RedisServer const server(server_arguments());
    auto wrong = options("localhost");
    wrong.tls_ca_file = other.file("ca.pem");
    expect_refusal(wrong, ErrorCode::denied);
    wrong.tls_ca_file = "";  // the system's authorities do not know it either
    expect_refusal(wrong, ErrorCode::denied);
}

TEST_F(TlsTest, AnUnreadableAuthorityFileIsTold) {
    RedisServer const server(server_arguments());
    auto wrong = options("localhost");
    wrong.tls_ca_file = certificates_.file("missing.pem");
    expect_refusal(wrong, ErrorCode::invalid_input);
}

TEST_F(TlsTest, AServerMayWantToKnowItsClients) {
    RedisServer const server(server_arguments({"--tls-auth-clients", "yes"}));
    RedisClient client(context_, known(certificates_));
    EXPECT_EQ(client.exec(Command("PING")), "+PONG");
    EXPECT_TRUE(client.losses.empty());
}

TEST_F(TlsTest, WithoutACertificateSuchAServerRefuses) {
    for (auto const* const protocol : {"TLSv1.3", "TLSv1.2"}) {
        RedisServer const server(server_arguments({"--tls-auth-clients", "yes", "--tls-protocols", protocol}));
        expect_refusal(options("localhost"), ErrorCode::denied);
        Certificates const stranger("DNS:localhost");
        expect_refusal(known(stranger), ErrorCode::denied);
    }
}

TEST_F(TlsTest, UnusableCertificatesAndKeysAreTold) {
    RedisServer const server(server_arguments({"--tls-auth-clients", "yes"}));
    auto wrong = known(certificates_);
    wrong.tls_cert_file = certificates_.file("missing.pem");
    expect_refusal(wrong, ErrorCode::invalid_input);
    for (auto const* const key : {"missing.key", "server.key", "locked.key", "client.pem"}) {
        wrong = known(certificates_);
        wrong.tls_key_file = certificates_.file(key);
        expect_refusal(wrong, ErrorCode::invalid_input);
    }
}

TEST_F(TlsTest, OldProtocolsAreRefused) {
    RedisServer const server(server_arguments({"--tls-protocols", "TLSv1.1"}));
    RedisClient client(context_, options("localhost"));
    ASSERT_TRUE(client.until([&] { return !client.losses.empty(); }));
    EXPECT_EQ(client.connects, 0);
}

TEST_F(TlsTest, TalkingTlsToAPlainPortFails) {
    RedisServer const server({"--port", std::to_string(port_), "--bind", "127.0.0.1"});
    auto quick = options("localhost");
    quick.connect_timeout = 200ms;
    RedisClient client(context_, quick);
    ASSERT_TRUE(client.until([&] { return !client.losses.empty(); }));
    EXPECT_EQ(client.losses[0].code, ErrorCode::unavailable) << client.losses[0].message();
}

TEST_F(TlsTest, CloseEndsAHandshake) {
    boost::asio::ip::tcp::acceptor const silent(context_, {boost::asio::ip::address_v4::loopback(), port_});
    RedisClient client(context_, options("localhost"));
    context_.run_for(20ms);
    client.connection().close();
    EXPECT_TRUE(client.until([&] { return client.tasks() == 0; }));
    EXPECT_TRUE(client.losses.empty());
}

}  // namespace
}  // namespace leat::redis
