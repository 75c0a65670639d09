#pragma once
// A script as luapack sees it: the contract of its first lines, and its text with the includes in place.
//
// Contract lines, in any order after the first:
//   -- <name>: <purpose>
//   -- @key    <name> <type> <meaning>            one key; <name>{a,b} is a table of keys with these names
//   -- @keys   <name> <type> <meaning>            the last keys, one per item
//   -- @arg    <name> <type> <meaning>            one argument
//   -- @args   <name> <type> <meaning>            the last arguments: these, in order, for each item
//   -- @status <char> <name> <meaning>            a status of the reply
//   -- @reply  <shape>
//   -- @writes <key names> | nothing
//   -- @retry  safe: <why> | unsafe: <why>
//   -- @cost   <complexity and number of commands>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace luapack {

// What is wrong with a script: "settle.lua:12: undeclared-key: …". `rule` names the check.
class ScriptError : public std::runtime_error {
  public:
    ScriptError(std::string_view place, std::string_view rule, std::string_view detail);
    [[nodiscard]] std::string const& rule() const noexcept { return rule_; }

  private:
    std::string rule_;
};

struct Key {
    std::string name{};
    std::vector<std::string> members{};  // of a table of keys
    std::string type{};
    std::string meaning{};
};

struct Argument {
    std::string name{};
    std::string type{};
    std::string meaning{};
};

struct Status {
    char code = '?';
    std::string name{};
    std::string meaning{};
};

struct Script {
    std::string name{};
    std::string purpose{};
    std::vector<Key> keys{};
    std::optional<Key> item_key{};
    std::vector<Argument> args{};
    std::vector<Argument> item_args{};
    std::vector<Status> statuses{};
    std::string reply{};
    std::vector<std::string> writes{};
    std::string retry{};
    std::string cost{};
    std::string source{};               // what the server gets
    std::vector<std::string> places{};  // of each line of the source: "settle.lua:12", "include/clock.lua:2"

    [[nodiscard]] std::size_t fixed_keys() const;  // keys before the items' keys
};

// Answers the text of an include, nullopt where there is none.
using IncludeReader = std::function<std::optional<std::string>(std::string_view name)>;

// Reads the contract and puts `-- @include <name>` lines in place, each name once. Throws ScriptError.
[[nodiscard]] Script parse_script(std::string_view name, std::string_view text, IncludeReader const& read_include);

// Compares contract and body. Throws ScriptError at the first difference.
void check_script(Script const& script);

// Reads, parses and checks every *.lua of a folder, sorted by name; includes are in its folder `include`.
[[nodiscard]] std::vector<Script> load_folder(std::filesystem::path const& folder);

}  // namespace luapack
