// What the program says of itself: --help is compared with a golden file, and docs/cli.md with the program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <CLI/CLI.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "config/options_table.hpp"
#include "exit_code.hpp"
#include "program.hpp"

namespace leat::cli {
namespace {

// Every command by its full name ("leat task show"), groups included.
class Commands {
  public:
    Commands() {
        app_.name("leat");
        add_commands(app_, session_);
        collect(app_, "leat");
    }
    [[nodiscard]] std::map<std::string, CLI::App const*> const& all() const { return all_; }

    [[nodiscard]] std::string help() {
        std::string text;
        for (auto const& [name, command] : all_)
            text +=
                "$ " + name + " --help\n" + command->help(name == "leat" ? "" : name.substr(0, name.rfind(' '))) + "\n";
        return text;
    }

  private:
    void collect(CLI::App const& command, std::string const& name) {
        all_[name] = &command;
        for (auto const* inner : command.get_subcommands({}))
            collect(*inner, name + " " + inner->get_name());
    }

    Session session_;
    CLI::App app_;
    std::map<std::string, CLI::App const*> all_;
};

std::string content(std::string const& file) {
    std::ifstream stream(file, std::ios::binary);
    EXPECT_TRUE(stream) << file;
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// The sections of docs/cli.md that describe a command: "### `leat task show`" up to the next heading.
std::map<std::string, std::string> documented() {
    std::map<std::string, std::string> sections;
    std::istringstream lines(content(LEAT_SOURCE_DIR "/docs/cli.md"));
    std::string* section = nullptr;
    static std::regex const heading("^#+ `(leat[a-z ]*)`.*");
    for (std::string line; std::getline(lines, line);) {
        if (std::smatch match; std::regex_match(line, match, heading)) {
            section = &sections[match[1].str()];
        } else if (line.starts_with("#")) {
            section = nullptr;
        } else if (section != nullptr) {
            *section += line + "\n";
        }
    }
    return sections;
}

TEST(Help, IsAsInTheGoldenFile) {
    std::string const file = LEAT_SOURCE_DIR "/apps/leat/testdata/help.txt";
    auto const help = Commands().help();
    if (std::getenv("LEAT_UPDATE_GOLDEN") != nullptr) std::ofstream(file, std::ios::binary) << help;
    EXPECT_EQ(help, content(file))
        << "If this is meant, run the test with LEAT_UPDATE_GOLDEN=1 and read the difference.";
}

TEST(Help, EveryCommandHasASentenceAndEveryGroupAnExample) {
    Commands const commands;
    for (auto const& [name, command] : commands.all()) {
        EXPECT_TRUE(command->get_description().ends_with('.')) << name;
        for (auto const* option : command->get_options())
            EXPECT_FALSE(option->get_description().empty()) << name << " " << option->get_name();
    }
}

TEST(CliManual, DescribesTheCommandsThatExist) {
    auto const sections = documented();
    Commands const commands;
    for (auto const& [name, command] : commands.all()) {
        bool const is_group = command->get_require_subcommand_min() > 0;
        EXPECT_EQ(sections.contains(name), !is_group)
            << name << (is_group ? " is a group of commands" : " has no section");
    }
    for (auto const& [name, text] : sections)
        EXPECT_TRUE(commands.all().contains(name)) << name << " does not exist";
}

TEST(CliManual, NamesEveryFlagAndShowsAnExample) {
    auto const sections = documented();
    Commands const commands;
    auto const manual = content(LEAT_SOURCE_DIR "/docs/cli.md");
    for (auto const& [name, command] : commands.all()) {
        auto const section = sections.find(name);
        auto const& text = section == sections.end() ? manual : section->second;
        for (auto const* option : command->get_options()) {
            auto const flag = option->get_name(false, true);
            if (flag.starts_with("--help") || flag.starts_with("-h")) continue;
            auto const first = flag.substr(0, flag.find(','));
            if (!first.starts_with("--")) continue;
            EXPECT_NE(text.find(first), std::string::npos) << name << " " << first;
        }
        if (section == sections.end()) continue;
        EXPECT_NE(text.find(name), std::string::npos) << name << " has no example";
    }
}

// What docs/configuration.md says of flags: each is taken by some command, and means the key there.
TEST(ConfigurationReference, NamesFlagsThatExist) {
    Commands const commands;
    std::map<std::string, std::set<std::string>> takers;  // flag → commands that describe it as the table does
    for (auto const& [name, command] : commands.all()) {
        for (auto const* option : command->get_options()) {
            for (auto const& flag : option->get_lnames())
                takers["--" + flag].insert(name);
        }
    }
    auto const expect_taker = [&](config::OptionInfo const& option) {
        if (!option.flag.empty()) {
            EXPECT_TRUE(takers.contains(std::string(option.flag)))
                << option.key << ": no command takes " << option.flag;
        }
    };
    for (auto const& option : config::global_options())
        expect_taker(option);
    for (auto const& option : config::agent_options()) {
        expect_taker(option);
        auto const* const command = option.key == "max_waiting" ? "leat dispatch" : "leat worker";
        if (!option.flag.empty()) {
            EXPECT_TRUE(takers[std::string(option.flag)].contains(command)) << command << " takes no " << option.flag;
        }
    }
}

TEST(CliManual, ListsTheExitCodes) {
    auto const manual = content(LEAT_SOURCE_DIR "/docs/cli.md");
    for (auto const& [code, meaning] : exit_code_help()) {
        auto const row = "| " + std::to_string(static_cast<int>(code)) + " | " + std::string(meaning) + " |";
        EXPECT_NE(manual.find(row), std::string::npos) << row;
    }
}

}  // namespace
}  // namespace leat::cli
