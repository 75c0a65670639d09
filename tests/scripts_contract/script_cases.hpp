#pragma once
// What is in Redis before a script is called, and the call, by the names of its contract.
#include <map>
#include <string>
#include <vector>

namespace leat::scripts_contract {

using Words = std::vector<std::string>;
using Values = std::map<std::string, std::string>;

struct Case {
    std::string name;
    std::vector<Words> before{};  // commands
    Values args{};                // what differs from the usual values
    std::vector<Values> items{};  // arguments of each item, likewise
};

// The cases of each script. Together they show every status of its contract.
[[nodiscard]] std::map<std::string, std::vector<Case>> const& script_cases();

// The value that an argument of this name usually has; throws where no case ever gave it one.
[[nodiscard]] std::string const& usual_value(std::string const& name);

// The key for a name of a contract; `task_id` is that of the item. Throws where the name is unknown.
[[nodiscard]] std::string key_named(std::string const& name, std::string const& task_id);

}  // namespace leat::scripts_contract
