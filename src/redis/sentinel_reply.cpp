#include "redis/sentinel_reply.hpp"

#include <charconv>
#include <string>

#include "redis/error_class.hpp"

namespace leat::redis {
namespace {

constexpr std::string_view kSentinelOperation = "sentinel";
constexpr std::size_t kMaxHostBytes = 255;

std::unexpected<Error> misshapen() {
    return fail(ErrorCode::corrupt, kSentinelOperation, "its answer is not an address");
}

}  // namespace

Command master_question(std::string_view master_name) {
    Command question("SENTINEL");
    question.args(std::string_view("get-master-addr-by-name"), master_name);
    return question;
}

Result<Address> read_master_address(std::string_view master_name, ReplyView reply) {
    if (reply.is_error()) {
        auto const error = error_of_reply(kSentinelOperation, reply.text());
        if (error.code != ErrorCode::unsupported) return std::unexpected(error);
        return fail(ErrorCode::unsupported, kSentinelOperation,
                    "it is no sentinel; name the sentinels' ports in the URL");
    }
    if (reply.is_null()) {
        return fail(ErrorCode::invalid_input, kSentinelOperation,
                    "it watches no master \"" + std::string(master_name) +
                        "\"; check the name in the URL against `sentinel monitor` in its configuration");
    }
    if (!reply.is_aggregate() || reply.size() != 2) return misshapen();
    Address address;
    address.host = reply[0].text();
    auto const port = reply[1].text();
    auto const* const last = port.data() + port.size();
    auto const [end, fault] = std::from_chars(port.data(), last, address.port);
    if (fault != std::errc() || end != last || address.port == 0) return misshapen();
    if (address.host.empty() || address.host.size() > kMaxHostBytes) return misshapen();
    return address;
}

}  // namespace leat::redis
