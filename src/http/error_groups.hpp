#pragma once
// Dead letters grouped by what went wrong.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leat/json.hpp"
#include "store/store_inspect.hpp"

namespace leat::http {

// The error without what differs from task to task: numbers and hexadecimal ids become '#', the text is cut.
[[nodiscard]] std::string error_pattern(std::string_view error);

class ErrorGroups {
  public:
    void add(store::DeadLetter const& letter);
    [[nodiscard]] std::int64_t letters() const noexcept { return letters_; }
    // The largest kGroupsMax groups first: [{"reason", "pattern", "error", "count", "open", "first_at", "last_at",
    // "letters": [ids]}].
    [[nodiscard]] json to_json() const;

  private:
    struct Group {
        std::string error;  // of the newest letter
        std::int64_t count = 0;
        std::int64_t open = 0;
        std::int64_t first_at = 0;
        std::int64_t last_at = 0;
        std::vector<std::string> examples;
    };
    std::map<std::pair<std::string, std::string>, Group> groups_;  // by reason and pattern
    std::int64_t letters_ = 0;
};

}  // namespace leat::http
