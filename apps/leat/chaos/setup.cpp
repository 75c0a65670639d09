#include "chaos/setup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "leat/json.hpp"

namespace leat::cli::chaos {

std::filesystem::path Setup::history_of(std::string_view process) const {
    return folder / (std::string(process) + ".history");
}

std::filesystem::path Setup::ledger_of(std::string_view process) const {
    return folder / (std::string(process) + ".ledger");
}

Result<void> write_setup(Setup const& setup, std::filesystem::path const& file) {
    json const value{{"redis", setup.connection.redis},
                     {"username", setup.connection.username},
                     {"password", setup.connection.password},
                     {"tls_ca_file", setup.connection.tls_ca_file},
                     {"prefix", setup.connection.prefix},
                     {"folder", setup.folder.string()},
                     {"lease_ms", setup.lease.count()},
                     {"rate", setup.rate},
                     {"seed", setup.seed}};
    auto const text = value.dump();
    int const handle = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool const written = handle >= 0 && ::write(handle, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (!written)
        return fail(ErrorCode::invalid_input, "chaos", "cannot write " + file.string() + ": " + std::strerror(errno));
    ::close(handle);
    return {};
}

Result<Setup> read_setup(std::filesystem::path const& file) {
    std::ifstream stream(file);
    auto const value = json::parse(stream, nullptr, false);
    try {
        Setup setup;
        value.at("redis").get_to(setup.connection.redis);
        value.at("username").get_to(setup.connection.username);
        value.at("password").get_to(setup.connection.password);
        value.at("tls_ca_file").get_to(setup.connection.tls_ca_file);
        value.at("prefix").get_to(setup.connection.prefix);
        setup.folder = value.at("folder").get<std::string>();
        setup.lease = Milliseconds(value.at("lease_ms").get<std::int64_t>());
        value.at("rate").get_to(setup.rate);
        value.at("seed").get_to(setup.seed);
        return setup;
    } catch (json::exception const&) {
        return fail(ErrorCode::invalid_input, "chaos", file.string() + " is no setup of a run");
    }
}

}  // namespace leat::cli::chaos
