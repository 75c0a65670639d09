#include "http/alert_message.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "inspect/model_json.hpp"

namespace leat::http {

std::string webhook_body(inspect::Alert const& alert, std::string_view prefix, std::int64_t sent_at) {
    auto object = inspect::json_of(alert);
    object["event"] = object["state"];
    object.erase("state");
    auto id = std::string(to_string(alert.kind));
    if (!alert.agent.empty()) id += "/" + alert.agent;
    object["id"] = id + "/" + std::to_string(alert.fired_at);
    object["prefix"] = prefix;
    object["sent_at"] = sent_at;
    return inspect::dump(object);
}

std::string webhook_signature(std::string_view secret, std::string_view body) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<unsigned char const*>(body.data()), body.size(), digest.data(), &size);
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text = "sha256=";
    for (unsigned int i = 0; i < size; ++i) {
        text += kDigits[digest[i] >> 4U];
        text += kDigits[digest[i] & 15U];
    }
    return text;
}

}  // namespace leat::http
