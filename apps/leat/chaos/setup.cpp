#include "chaos/setup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "leat/json.hpp"

namespace leat::cli::chaos {
namespace {

// Everything that decides how Redis is reached, so that the run's processes reach it as the run does.
struct ConnectionText {
    char const* name;
    std::string ConnectionOptions::*option;
};
constexpr std::array<ConnectionText, 9> kConnectionTexts{{{"redis", &ConnectionOptions::redis},
                                                          {"username", &ConnectionOptions::username},
                                                          {"password", &ConnectionOptions::password},
                                                          {"tls_ca_file", &ConnectionOptions::tls_ca_file},
                                                          {"tls_cert_file", &ConnectionOptions::tls_cert_file},
                                                          {"tls_key_file", &ConnectionOptions::tls_key_file},
                                                          {"sentinel_username", &ConnectionOptions::sentinel_username},
                                                          {"sentinel_password", &ConnectionOptions::sentinel_password},
                                                          {"prefix", &ConnectionOptions::prefix}}};

}  // namespace

std::filesystem::path Setup::history_of(std::string_view process) const {
    return folder / (std::string(process) + ".history");
}

std::filesystem::path Setup::ledger_of(std::string_view process) const {
    return folder / (std::string(process) + ".ledger");
}

Result<void> write_setup(Setup const& setup, std::filesystem::path const& file) {
    json value{{"folder", setup.folder.string()},
               {"lease_ms", setup.lease.count()},
               {"rate", setup.rate},
               {"seed", setup.seed}};
    for (auto const& [name, option] : kConnectionTexts)
        value[name] = setup.connection.*option;
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
        for (auto const& [name, option] : kConnectionTexts)
            value.at(name).get_to(setup.connection.*option);
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
