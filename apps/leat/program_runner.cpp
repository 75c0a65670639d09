#include "program_runner.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace leat::cli::testing {
namespace {

// A folder that is gone with the object.
class Folder {
  public:
    Folder() {
        auto pattern = (std::filesystem::temp_directory_path() / "leat-cli-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        path_ = pattern;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(Folder const&) = delete;
    Folder& operator=(Folder const&) = delete;
    [[nodiscard]] std::filesystem::path const& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

std::string content(std::filesystem::path const& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (auto& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

}  // namespace

Outcome run_leat(std::vector<std::string> const& arguments, std::map<std::string, std::string> const& variables,
                 std::string const& input) {
    Folder const folder;
    auto const work = folder.path() / "work";
    auto const in = folder.path() / "in";
    auto const out = folder.path() / "out";
    auto const err = folder.path() / "err";
    std::filesystem::create_directory(work);
    std::ofstream(in, std::ios::binary) << input;

    std::vector<std::string> argument_texts{LEAT_PROGRAM};
    argument_texts.insert(argument_texts.end(), arguments.begin(), arguments.end());
    std::vector<std::string> variable_texts{std::string("PATH=") + std::getenv("PATH")};
    for (auto const& [name, value] : variables)
        variable_texts.push_back(name + "=" + value);
    auto argv = pointers(argument_texts);
    auto envp = pointers(variable_texts);

    auto const child = ::fork();
    if (child < 0) throw std::runtime_error("fork failed");
    if (child == 0) {
        ::dup2(::open(in.c_str(), O_RDONLY), STDIN_FILENO);
        ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
        ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
        if (::chdir(work.c_str()) != 0) ::_exit(126);
        ::execve(argv[0], argv.data(), envp.data());
        ::_exit(127);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return {.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            .out = content(out),
            .err = content(err)};
}

}  // namespace leat::cli::testing
