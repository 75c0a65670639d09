#include "rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace leat::layers {
namespace {

// What each layer may include besides itself and the public headers.
Links const& arrows() {
    static Links const allowed = [] {
        Links links;
        links["core"] = {};
        links["async"] = {"core"};
        links["redis"] = {"core", "async"};
        links["tasks"] = {"core"};
        links["config"] = {"core", "tasks"};
        links["outbound"] = {"core", "async"};
        links["tracing"] = {"core", "outbound"};
        links["store"] = {"core", "async", "redis", "tasks"};
        for (auto const* const above : {"client", "runtime", "inspect"}) {
            links[above] = {"core", "async", "redis", "tasks", "store"};
        }
        links["http"] = {"core", "async", "redis", "tasks", "store", "client", "inspect", "outbound"};
        links["handlers"] = {"core", "async", "redis", "tasks", "store", "runtime"};
        return links;
    }();
    return allowed;
}

std::string place(SourceFile const& file, std::size_t line) {
    return file.path + ":" + std::to_string(line + 1) + ": ";
}

// Calls `visit(layer included, line)` for every include of a layer other than the file's own.
template <class Visit>
void for_each_crossing(SourceFile const& file, std::string const& own, Visit visit) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
        auto const include = quoted_include(file.lines[i]);
        auto const slash = include.find('/');
        if (slash == std::string::npos) continue;
        auto const layer = include.substr(0, slash);
        if (layer == own || layer == "leat" || (layer == "support" && is_test(file.path))) continue;
        visit(layer, i);
    }
}

// Everything that `layer` links, directly or through others.
std::set<std::string> closure(std::string const& layer, Links const& links) {
    std::set<std::string> reached;
    std::vector<std::string> next{layer};
    while (!next.empty()) {
        auto const here = next.back();
        next.pop_back();
        auto const found = links.find(here);
        if (found == links.end()) continue;
        for (auto const& below : found->second) {
            if (reached.insert(below).second) next.push_back(below);
        }
    }
    return reached;
}

struct Ban {
    std::string_view call;
    std::string_view instead;
    bool in_core = false;  // core may use it: it gives the others their replacement
    bool in_apps = false;  // the program may use it
    bool in_tests = false;
};
constexpr std::array kBans{
    Ban{"std::cout", "return a value or emit an event; only the program prints", false, true, true},
    Ban{"std::cerr", "return an error or emit an event; only the program prints", false, true, true},
    Ban{"printf(", "return a value or emit an event; only the program prints", false, true, true},
    Ban{"system_clock::now", "take core::Clock as a parameter and ask wall_ms()", true, false, false},
    Ban{"random_device", "take core::Random as a parameter; Random::from_entropy() seeds one", true, false, false},
    Ban{"sleep_for(", "wait for an event with async::Signal", false, true, false},
};

// Where `word` stands on its own in `line`: not as the end of a longer name such as snprintf.
bool has_word(std::string_view line, std::string_view word) {
    for (auto at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
        auto const before = at == 0 ? ' ' : line[at - 1];
        if (std::isalnum(static_cast<unsigned char>(before)) == 0 && before != '_') return true;
    }
    return false;
}

// Text constants of the line that are all capitals: "XADD", "KEYS".
std::vector<std::string> commands_in(std::string_view line) {
    std::vector<std::string> commands;
    for (auto start = line.find('"'); start != std::string_view::npos;) {
        auto const end = line.find('"', start + 1);
        if (end == std::string_view::npos) break;
        auto const text = line.substr(start + 1, end - start - 1);
        if (!text.empty() && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; }))
            commands.emplace_back(text);
        start = line.find('"', end + 1);
    }
    return commands;
}

bool is_reserved(std::string const& command) {
    return command == "EVAL" || command == "EVALSHA" || command == "KEYS" ||
           (command.size() > 3 && command.front() == 'X');
}

// Partly in octal, so that this file does not find itself.
constexpr std::array<std::string_view, 2> kMarks{"TO\104O", "FIX\115E"};

}  // namespace

Findings check_arrows(std::span<SourceFile const> files) {
    Findings findings;
    for (auto const& file : files) {
        auto const own = layer_of(file.path);
        if (own.empty() || own == "apps" || own == "include") continue;
        auto const allowed = arrows().find(own);
        if (allowed == arrows().end()) {
            findings.push_back(file.path + ": the layer " + own + " has no arrows; add it to tests/layers/rules.cpp");
            continue;
        }
        for_each_crossing(file, own, [&](std::string const& layer, std::size_t line) {
            if (allowed->second.contains(layer)) return;
            findings.push_back(place(file, line) + own + " must not include " + layer +
                               "; move the code or turn the arrow");
        });
    }
    return findings;
}

Findings check_links(std::span<SourceFile const> files, Links const& links) {
    Findings findings;
    for (auto const& file : files) {
        auto const own = layer_of(file.path);
        if (own.empty() || own == "apps" || own == "include") continue;
        auto const reached = closure(own, links);
        for_each_crossing(file, own, [&](std::string const& layer, std::size_t line) {
            if (reached.contains(layer)) return;
            findings.push_back(place(file, line) + "the LINK of src/" + own + "/CMakeLists.txt does not name " + layer);
        });
    }
    return findings;
}

Findings check_public_headers(std::span<SourceFile const> files) {
    Findings findings;
    for (auto const& file : files) {
        if (layer_of(file.path) != "include") continue;
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            auto const include = quoted_include(file.lines[i]);
            if (include.empty() || include.starts_with("leat/")) continue;
            findings.push_back(place(file, i) + "a public header must not include " + include +
                               "; users do not have it");
        }
    }
    return findings;
}

Findings check_redis_commands(std::span<SourceFile const> files) {
    Findings findings;
    for (auto const& file : files) {
        auto const layer = layer_of(file.path);
        // Chaos acts and looks from outside: it must not rely on the code that it puts to the test.
        bool const outsider = file.path.starts_with("apps/leat/chaos/");
        if (layer.empty() || layer == "store" || outsider || is_test(file.path)) continue;
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            auto const line = without_comment(file.lines[i]);
            for (auto const& command : commands_in(line)) {
                bool const script_cache = file.path == "src/redis/script.cpp" && command == "EVALSHA";
                if (!is_reserved(command) || script_cache) continue;
                findings.push_back(place(file, i) + command +
                                   " belongs into src/store; call a function of store::Store");
            }
            if (line.find("KEYS[") != std::string_view::npos) {
                findings.push_back(place(file, i) + "scripts belong into src/store/lua");
            }
        }
    }
    return findings;
}

Findings check_banned_calls(std::span<SourceFile const> files) {
    Findings findings;
    for (auto const& file : files) {
        auto const layer = layer_of(file.path);
        if (layer.empty()) continue;
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            auto const line = without_comment(file.lines[i]);
            for (auto const& ban : kBans) {
                bool const excused = (ban.in_core && layer == "core") || (ban.in_apps && layer == "apps") ||
                                     (ban.in_tests && is_test(file.path));
                if (excused || !has_word(line, ban.call)) continue;
                findings.push_back(place(file, i) + std::string(ban.call) + " is banned here; " +
                                   std::string(ban.instead));
            }
        }
    }
    return findings;
}

Findings check_files(std::span<SourceFile const> files) {
    Findings findings;
    for (auto const& file : files) {
        if (file.lines.size() > kLinesMax) {
            findings.push_back(file.path + ": " + std::to_string(file.lines.size()) + " lines; split it by role, " +
                               std::to_string(kLinesMax) + " is the limit");
        }
        if (file.path.ends_with(".hpp") && (file.lines.empty() || file.lines.front() != "#pragma once")) {
            findings.push_back(file.path + ":1: begin headers with #pragma once");
        }
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            for (auto const mark : kMarks) {
                if (has_word(file.lines[i], mark)) {
                    findings.push_back(place(file, i) + std::string(mark) +
                                       ": finish it, or open an issue and remove the mark");
                }
            }
        }
    }
    return findings;
}

}  // namespace leat::layers
