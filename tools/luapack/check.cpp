// Compares the contract of a script with its body.
#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "lua_tokens.hpp"
#include "script.hpp"

namespace luapack {
namespace {

// What a Redis command does to its key, and which argument the key is (0: it has none).
struct CommandRule {
    bool writes = false;
    std::size_t key_at = 1;
};

std::map<std::string, CommandRule, std::less<>> const& command_rules() {
    static std::map<std::string, CommandRule, std::less<>> const kRules{
        {"DEL", {true}},       {"EXISTS", {false}},   {"EXPIRE", {true}},     {"PEXPIRE", {true}},
        {"GET", {false}},      {"GETRANGE", {false}}, {"HDEL", {true}},       {"HGET", {false}},
        {"HINCRBY", {true}},   {"HLEN", {false}},     {"HMGET", {false}},     {"HSET", {true}},
        {"MGET", {false}},     {"MSET", {true}},      {"PERSIST", {true}},    {"PUBLISH", {false, 0}},
        {"SET", {true}},       {"STRLEN", {false}},   {"TIME", {false, 0}},   {"TTL", {false}},
        {"XACK", {true}},      {"XADD", {true}},      {"XAUTOCLAIM", {true}}, {"XCLAIM", {true}},
        {"XDEL", {true}},      {"XGROUP", {true, 2}}, {"XINFO", {false, 2}},  {"XLEN", {false}},
        {"XPENDING", {false}}, {"XRANGE", {false}},   {"XTRIM", {true}},      {"ZADD", {true}},
        {"ZCARD", {false}},    {"ZMSCORE", {false}},  {"ZRANGE", {false}},    {"ZREM", {true}},
        {"ZSCORE", {false}},
    };
    return kRules;
}

class Checker {
  public:
    explicit Checker(Script const& script) : script_(&script), tokens_(tokenize(script.source)) {}

    void run() {
        forbidden();
        declare();
        for (std::size_t at = 0; at < tokens_.size(); ++at) {
            if (is(at, "local") && kind(at + 1) == TokenKind::name && !is(at + 1, "function")) locals(at + 1);
        }
        all_read();
        for (std::size_t at = 0; at < tokens_.size(); ++at) {
            if (is(at, "function")) parameters(at);
            if (is(at, "for")) loop_variables(at);
        }
        for (std::size_t at = 0; at < tokens_.size(); ++at)
            command(at);
        for (auto const& name : script_->writes) {
            if (!is_key(name)) fail(1, "unknown-write", "@writes names `" + name + "`, which is no key");
            if (!written_.contains(name)) fail(1, "unused-write", "no command writes `" + name + "`");
        }
    }

  private:
    [[noreturn]] void fail(int line, std::string_view rule, std::string const& detail) const {
        throw ScriptError(script_->places.at(static_cast<std::size_t>(line - 1)), rule, detail);
    }
    [[nodiscard]] bool is(std::size_t at, std::string_view value) const {
        return at < tokens_.size() && tokens_[at].is(value);
    }
    [[nodiscard]] TokenKind kind(std::size_t at) const {
        return at < tokens_.size() ? tokens_[at].kind : TokenKind::symbol;
    }
    [[nodiscard]] std::string const& value(std::size_t at) const {
        static std::string const kNothing;
        return at < tokens_.size() ? tokens_[at].value : kNothing;
    }
    [[nodiscard]] int line(std::size_t at) const { return at < tokens_.size() ? tokens_[at].line : 1; }
    // Whether the tokens from `at` on are these; `#` stands for a number, `$` for a name.
    [[nodiscard]] bool matches(std::size_t at, std::initializer_list<std::string_view> wanted) const {
        for (auto const text : wanted) {
            auto const fits = text == "#"   ? kind(at) == TokenKind::number
                              : text == "$" ? kind(at) == TokenKind::name
                                            : is(at, text);
            if (!fits) return false;
            ++at;
        }
        return true;
    }
    [[nodiscard]] bool is_key(std::string_view name) const { return keys_.contains(name); }

    void forbidden() const {
        if (script_->source.substr(0, 2) == "#!" || script_->source.find("\n#!") != std::string::npos) {
            fail(1, "shebang", "a `#!lua` line makes the server refuse the script when it is out of memory");
        }
        for (std::size_t at = 0; at < tokens_.size(); ++at) {
            if (is(at, "error_reply") || is(at, "status_reply")) {
                fail(line(at), "error-reply", "replies are values, so that no user data gets into an error");
            }
        }
    }

    // Notes what each declared name must be read from.
    void declare() {
        std::size_t index = 0;
        for (auto const& key : script_->keys) {
            keys_.insert(key.name);
            std::string expected;
            if (key.members.empty()) {
                expected = "KEYS[" + std::to_string(++index) + "]";
            } else {
                for (auto const& member : key.members) {
                    expected += (expected.empty() ? "{" : ",") + member + "=KEYS[" + std::to_string(++index) + "]";
                }
                expected += "}";
            }
            expected_[key.name] = expected;
        }
        if (script_->item_key) {
            keys_.insert(script_->item_key->name);
            expected_[script_->item_key->name] = "{unpack(KEYS," + std::to_string(index + 1) + ")}";
        }
        for (std::size_t i = 0; i < script_->args.size(); ++i) {
            expected_[script_->args[i].name] = "ARGV[" + std::to_string(i + 1) + "]";
        }
        for (std::size_t i = 0; i < script_->item_args.size(); ++i) {
            expected_[script_->item_args[i].name] = "ARGV[at+" + std::to_string(i + 1) + "]";
        }
        for (auto const& status : script_->statuses)
            expected_[status.name] = std::string("'") + status.code + "'";
    }

    // One `local a, b = x, y`, from its first name on.
    void locals(std::size_t at) {
        std::vector<std::size_t> names{at};
        for (++at; is(at, ",") && kind(at + 1) == TokenKind::name; at += 2)
            names.push_back(at + 1);
        if (!is(at, "=")) return;
        ++at;
        for (std::size_t i = 0; i < names.size(); ++i) {
            auto const last = i + 1 == names.size();
            auto const end = expression_end(at);
            local(names[i], at, end);
            if (last || !is(end, ",")) return;
            at = end + 1;
        }
    }

    // Where an expression ends. The last one of a statement has no mark at its end; its line's end serves, outside
    // brackets.
    [[nodiscard]] std::size_t expression_end(std::size_t at) const {
        int depth = 0;
        for (auto const first = at; at < tokens_.size(); ++at) {
            if (depth == 0 && is(at, ",")) return at;
            if (depth == 0 && at > first && line(at) != line(at - 1)) return at;
            if (is(at, "(") || is(at, "{") || is(at, "[")) ++depth;
            if (is(at, ")") || is(at, "}") || is(at, "]")) --depth;
        }
        return at;
    }

    void local(std::size_t name_at, std::size_t from, std::size_t to) {
        std::string text;
        for (auto at = from; at < to; ++at)
            text += kind(at) == TokenKind::text ? "'" + value(at) + "'" : value(at);
        auto const name = value(name_at);
        if (name == "at") return item_offset(name_at, text);
        if (name == "items") return item_count(name_at, from, to, text);

        auto const reads_input = text.find("KEYS[") != std::string::npos || text.find("(KEYS,") != std::string::npos ||
                                 text.find("ARGV[") != std::string::npos;
        auto const is_status = to - from == 1 && kind(from) == TokenKind::text && value(from).size() == 1;
        auto const expected = expected_.find(name);
        if (expected == expected_.end()) {
            if (is_status) fail(line(name_at), "undeclared-status", "`" + name + "` is no @status");
            return;  // KEYS or ARGV in here are reported by all_read
        }
        if (text != expected->second) {
            fail(line(name_at), "wrong-read",
                 "`" + name + "` is " + expected->second + " by the contract, not " + text);
        }
        auto const per_item = text.find("[at+") != std::string::npos;
        if (!declared_at_.emplace(name, name_at).second && !per_item) {
            fail(line(name_at), "second-read", "`" + name + "` is declared twice");
        }
        if (reads_input) {
            for (auto at = from; at < to; ++at)
                read_.insert(at);
        }
        declarations_.insert(name_at);
    }

    void item_offset(std::size_t name_at, std::string const& text) const {
        auto const expected =
            std::to_string(script_->args.size()) + "+(item-1)*" + std::to_string(script_->item_args.size());
        if (text != expected)
            fail(line(name_at), "item-offset", "`at` is " + expected + " by the contract, not " + text);
    }

    void item_count(std::size_t name_at, std::size_t from, std::size_t to, std::string const& text) {
        auto const expected =
            "(#ARGV-" + std::to_string(script_->args.size()) + ")/" + std::to_string(script_->item_args.size());
        if (text != expected) {
            fail(line(name_at), "item-count", "`items` is " + expected + " by the contract, not " + text);
        }
        for (auto at = from; at < to; ++at)
            read_.insert(at);
    }

    void all_read() const {
        for (std::size_t at = 0; at < tokens_.size(); ++at) {
            if ((is(at, "KEYS") || is(at, "ARGV")) && !read_.contains(at)) {
                fail(line(at), "stray-input", value(at) + " is read into locals of the declared names only");
            }
        }
        for (auto const& [name, expected] : expected_) {
            if (!declared_at_.contains(name))
                fail(1, "unread",
                     "`" + name + "` is declared, but there is no `local " + name + " = " + expected + "`");
            if (!is_used(name)) fail(line(declared_at_.at(name)), "unused", "`" + name + "` is read and never used");
        }
    }

    [[nodiscard]] bool is_used(std::string_view name) const {
        for (std::size_t at = 0; at < tokens_.size(); ++at) {
            if (!is(at, name) || declarations_.contains(at)) continue;
            auto const is_member = at > 0 && (is(at - 1, ".") || is(at - 1, ":"));
            auto const is_table_field = at > 0 && (is(at - 1, "{") || is(at - 1, ",")) && is(at + 1, "=");
            if (!is_member && !is_table_field) return true;
        }
        return false;
    }

    // function [name] ( a, b )
    void parameters(std::size_t at) {
        while (at < tokens_.size() && !is(at, "("))
            ++at;
        for (; at < tokens_.size() && !is(at, ")"); ++at) {
            if (kind(at) == TokenKind::name) passed_.insert(value(at));
        }
    }

    // for a, b in …
    void loop_variables(std::size_t at) {
        for (; at < tokens_.size() && !is(at, "in") && !is(at, "="); ++at) {
            if (kind(at) == TokenKind::name) passed_.insert(value(at));
        }
    }

    void command(std::size_t at) {
        auto const through_redis =
            matches(at, {"redis", ".", "call", "("}) || matches(at, {"redis", ".", "pcall", "("});
        auto const through_local = matches(at, {"call", "("}) && !(at > 0 && is(at - 1, "."));
        if (!through_redis && !through_local) return;
        auto const name_at = at + (through_redis ? 4 : 2);
        auto const rule = command_rules().find(value(name_at));
        if (kind(name_at) != TokenKind::text || rule == command_rules().end()) {
            fail(line(at), "unknown-command", "luapack does not know what `" + value(name_at) + "` does to its key");
        }
        if (rule->second.key_at == 0) return;
        auto key_at = name_at;
        for (std::size_t i = 0; i < rule->second.key_at; ++i) {
            key_at = expression_end(key_at) + 1;
        }
        key_of_command(rule->first, rule->second.writes, key_at);
    }

    void key_of_command(std::string const& name, bool writes, std::size_t at) {
        auto key = value(at);
        if (matches(at, {"unpack", "(", "$"})) {
            key = value(at + 2);
            // A list built by the script: only the items' keys can be in there.
            if (!is_key(key) && script_->item_key) key = script_->item_key->name;
        }
        if (kind(at) != TokenKind::name || (!is_key(key) && (writes || !passed_.contains(key)))) {
            fail(line(at), "undeclared-key", name + " is called with `" + key + "`, which is no declared key");
        }
        if (!writes) return;
        if (std::find(script_->writes.begin(), script_->writes.end(), key) == script_->writes.end()) {
            fail(line(at), "undeclared-write", name + " writes `" + key + "`, which @writes does not name");
        }
        written_.insert(key);
    }

    Script const* script_;
    std::vector<Token> tokens_;
    std::set<std::string, std::less<>> keys_;
    std::map<std::string, std::string, std::less<>> expected_;     // name → the expression it must be read from
    std::map<std::string, std::size_t, std::less<>> declared_at_;  // name → its first declaration
    std::set<std::size_t> declarations_;                           // tokens that are names being declared
    std::set<std::size_t> read_;                                   // tokens of reads that are in order
    std::set<std::string, std::less<>> passed_;                    // parameters and loop variables
    std::set<std::string, std::less<>> written_;
};

}  // namespace

void check_script(Script const& script) {
    Checker(script).run();
}

}  // namespace luapack
