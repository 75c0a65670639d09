#include "script.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace luapack {
namespace {

constexpr std::string_view kMark = "-- @";
constexpr std::string_view kInclude = "-- @include ";

bool is_identifier(std::string_view name) {
    return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
           std::all_of(name.begin(), name.end(),
                       [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
}

std::string_view trimmed(std::string_view text) {
    auto const first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// Cuts the first word off `text`.
std::string take_word(std::string_view& text) {
    text = trimmed(text);
    auto const end = std::min(text.find(' '), text.size());
    std::string word(text.substr(0, end));
    text = trimmed(text.substr(end));
    return word;
}

// Cuts the first line off `text`.
std::string_view take_line(std::string_view& text) {
    auto const end = std::min(text.find('\n'), text.size());
    auto const line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

std::string place_of(std::string const& file, int line) {
    return file + ".lua:" + std::to_string(line);
}

// Reads the contract, line by line.
class HeaderReader {
  public:
    explicit HeaderReader(Script& script) : script_(&script) {}

    void read(std::string_view line, int number) {
        line_ = number;
        if (number == 1) {
            purpose(line);
        } else if (line.substr(0, kMark.size()) == kMark) {
            auto rest = line.substr(kMark.size());
            auto const tag = take_word(rest);
            tagged(tag, rest);
        } else {
            fail("header", "only `-- @<tag> …` lines belong into the contract");
        }
    }

    void finish() {
        line_ = 1;
        if (script_->purpose.empty()) fail("header", "the first line is `-- <name>: <purpose>`");
        if (script_->reply.empty()) fail("header", "@reply is missing");
        if (script_->cost.empty()) fail("header", "@cost is missing");
        if (script_->writes.empty()) fail("header", "@writes is missing; say `nothing` where it only reads");
        if (script_->retry.substr(0, 5) != "safe:" && script_->retry.substr(0, 7) != "unsafe:") {
            fail("header", "@retry says `safe: <why>` or `unsafe: <why>`");
        }
        if (script_->writes.front() == "nothing") script_->writes.clear();
    }

  private:
    [[noreturn]] void fail(std::string_view rule, std::string_view detail) const {
        throw ScriptError(place_of(script_->name, line_), rule, detail);
    }

    void purpose(std::string_view line) {
        auto const start = "-- " + script_->name + ": ";
        if (line.substr(0, start.size()) != start) fail("header", "the first line is `-- <name>: <purpose>`");
        script_->purpose = line.substr(start.size());
    }

    void tagged(std::string const& tag, std::string_view rest) {
        if (tag == "key") {
            if (script_->item_key) fail("header", "@keys comes last");
            script_->keys.push_back(key(rest));
        } else if (tag == "keys") {
            if (script_->item_key) fail("header", "there is one @keys at most");
            script_->item_key = key(rest);
        } else if (tag == "arg") {
            if (!script_->item_args.empty()) fail("header", "@args come last");
            script_->args.push_back(argument(rest));
        } else if (tag == "args") {
            script_->item_args.push_back(argument(rest));
        } else if (tag == "status") {
            status(rest);
        } else if (tag == "reply") {
            script_->reply = rest;
        } else if (tag == "writes") {
            while (!rest.empty())
                script_->writes.push_back(take_word(rest));
        } else if (tag == "retry") {
            script_->retry = rest;
        } else if (tag == "cost") {
            script_->cost = rest;
        } else {
            fail("header", "unknown tag @" + tag);
        }
    }

    std::string new_name(std::string name) {
        if (!is_identifier(name)) fail("header", "`" + name + "` is no name");
        if (!names_.insert(name).second) fail("header", "`" + name + "` is declared twice");
        return name;
    }

    Key key(std::string_view rest) {
        Key result;
        auto name = take_word(rest);
        if (auto const open = name.find('{'); open != std::string::npos) {
            if (name.back() != '}') fail("header", "a table of keys is written name{a,b}");
            std::istringstream members(name.substr(open + 1, name.size() - open - 2));
            for (std::string member; std::getline(members, member, ',');) {
                if (!is_identifier(member)) fail("header", "`" + member + "` is no name");
                result.members.push_back(member);
            }
            name.resize(open);
        }
        result.name = new_name(std::move(name));
        result.type = take_word(rest);
        result.meaning = rest;
        if (result.type.empty()) fail("header", "the type of key `" + result.name + "` is missing");
        return result;
    }

    Argument argument(std::string_view rest) {
        Argument result;
        result.name = new_name(take_word(rest));
        result.type = take_word(rest);
        result.meaning = rest;
        if (result.type.empty()) fail("header", "the type of argument `" + result.name + "` is missing");
        return result;
    }

    void status(std::string_view rest) {
        auto const code = take_word(rest);
        if (code.size() != 1) fail("header", "a status is one character");
        for (auto const& other : script_->statuses) {
            if (other.code == code.front()) fail("header", "status `" + code + "` is declared twice");
        }
        auto name = new_name(take_word(rest));
        script_->statuses.push_back({code.front(), std::move(name), std::string(rest)});
    }

    Script* script_;
    std::set<std::string> names_;
    int line_ = 1;
};

// Puts includes in place, depth first; a name that is there already is left out.
class IncludeResolver {
  public:
    IncludeResolver(Script& script, IncludeReader const& read) : script_(&script), read_(&read) {}

    void add(std::string_view text, std::string const& file) {
        int number = 0;
        while (!text.empty()) {
            auto const place = place_of(file, ++number);
            auto const line = take_line(text);
            if (line.substr(0, kInclude.size()) == kInclude) {
                include(line.substr(kInclude.size()), place);
            } else {
                script_->source.append(line).append("\n");
                script_->places.push_back(place);
            }
        }
    }

  private:
    void include(std::string_view name, std::string const& place) {
        if (!seen_.insert(std::string(name)).second) return;
        auto const included = (*read_)(name);
        if (!included) throw ScriptError(place, "include", "there is no include `" + std::string(name) + "`");
        add(*included, "include/" + std::string(name));
    }

    Script* script_;
    IncludeReader const* read_;
    std::set<std::string> seen_;
};

std::optional<std::string> read_file(std::filesystem::path const& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

ScriptError::ScriptError(std::string_view place, std::string_view rule, std::string_view detail)
    : std::runtime_error(std::string(place) + ": " + std::string(rule) + ": " + std::string(detail)), rule_(rule) {}

std::size_t Script::fixed_keys() const {
    std::size_t count = 0;
    for (auto const& key : keys)
        count += std::max<std::size_t>(key.members.size(), 1);
    return count;
}

Script parse_script(std::string_view name, std::string_view text, IncludeReader const& read_include) {
    Script script;
    script.name = name;
    HeaderReader header(script);
    int number = 0;
    for (auto rest = text; !rest.empty();) {
        auto const line = take_line(rest);
        if (line.substr(0, 2) != "--" || line.substr(0, kInclude.size()) == kInclude) break;
        header.read(line, ++number);
    }
    header.finish();
    IncludeResolver(script, read_include).add(text, script.name);
    return script;
}

std::vector<Script> load_folder(std::filesystem::path const& folder) {
    std::vector<std::filesystem::path> files;
    for (auto const& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".lua") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    std::vector<Script> scripts;
    for (auto const& file : files) {
        auto const name = file.stem().string();
        scripts.push_back(parse_script(name, read_file(file).value_or(""), [&folder](std::string_view include) {
            return read_file(folder / "include" / (std::string(include) + ".lua"));
        }));
        check_script(scripts.back());
    }
    return scripts;
}

}  // namespace luapack
