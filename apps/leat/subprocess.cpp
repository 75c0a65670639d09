#include "subprocess.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace leat::cli {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kFirstFreeFd = 3;  // after stdin, stdout and stderr

std::vector<char*> c_strings(std::vector<std::string> const& texts) {
    std::vector<char*> pointers;
    for (auto const& text : texts)
        pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

std::vector<std::string> environment_with(std::map<std::string, std::string> const& added) {
    std::vector<std::string> variables;
    for (auto const* const* variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
        std::string_view const text = *variable;
        if (!added.contains(std::string(text.substr(0, text.find('='))))) variables.emplace_back(text);
    }
    for (auto const& [name, value] : added)
        variables.push_back(name + "=" + value);
    return variables;
}

}  // namespace

pid_t spawn(Subprocess const& process) {
    auto const argv = c_strings(process.arguments);
    auto const variables = environment_with(process.environment);
    auto const envp = c_strings(variables);
    char const* const output = process.output.empty() ? nullptr : process.output.c_str();
    pid_t const parent = ::getpid();
    pid_t const pid = ::fork();
    if (pid != 0) return pid;
    // In the child: only async-signal-safe calls until exec.
    ::setpgid(0, 0);
    if (process.death_signal != 0) ::prctl(PR_SET_PDEATHSIG, process.death_signal);
    if (::getppid() != parent) ::_exit(127);
    if (int const nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC); nothing >= 0) ::dup2(nothing, STDIN_FILENO);
    if (output != nullptr) {
        int const file = ::open(output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (file < 0) ::_exit(127);
        ::dup2(file, STDOUT_FILENO);
        ::dup2(file, STDERR_FILENO);
    }
    // Asio's sockets lack CLOEXEC: a connection that we close has to end, though the child lives.
    ::close_range(kFirstFreeFd, ~0U, CLOSE_RANGE_CLOEXEC);
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
}

std::string find_in_path(std::string_view program) {
    char const* const path = std::getenv("PATH");
    std::stringstream folders(path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin");
    std::string folder;
    while (std::getline(folders, folder, ':')) {
        auto const candidate = fs::path(folder) / program;
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return {};
}

std::string own_path() {
    std::error_code failed;
    return fs::read_symlink("/proc/self/exe", failed).string();
}

}  // namespace leat::cli
