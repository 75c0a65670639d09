#pragma once
// Hides secrets in payloads and results by the names of their fields.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "leat/json.hpp"

namespace leat::http {

inline constexpr std::string_view kRedacted = "[redacted]";

// The rules that hold unless others are configured.
[[nodiscard]] std::vector<std::string> default_redaction_rules();

class Redaction {
  public:
    // A rule is a name in words ("api_key"). It takes a field whose name ends with those words, however they are
    // joined: "api_key", "apiKey", "X-Api-Key", "APIKEY"; "token" takes "access_token" and not "max_tokens".
    explicit Redaction(std::span<std::string const> rules);

    [[nodiscard]] bool takes(std::string_view field) const;
    // Replaces the values of such fields, at any depth, by kRedacted.
    void apply(json& value) const;
    // The same for the members that the program's JSON forms use for what users stored: `payload`, `result`, and their
    // `…_text` forms, at any depth. A text that is no whole JSON is replaced as a whole where it names such a field.
    void apply_to_answer(json& answer) const;
    // Whether a field of a rule holds kRedacted: the value was copied from a redacted answer.
    [[nodiscard]] bool holds_redacted(json const& value) const;
    // Whether a text of any form gives such a field a value: {"api_key": …}, {'api_key': …}, api_key=…, API-Key: ….
    // Rather too often than too rarely.
    [[nodiscard]] bool names_secret(std::string_view text) const;

  private:
    [[nodiscard]] bool names_field(std::string_view text) const;

    std::vector<std::vector<std::string>> rules_;  // words
    std::vector<std::string> joined_;              // the same without breaks
};

}  // namespace leat::http
