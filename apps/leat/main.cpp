#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "hide_secrets.hpp"
#include "program.hpp"

int main(int argument_count, char** arguments) {
    std::span const own(arguments, static_cast<std::size_t>(argument_count));
    std::vector<std::string> const copies(own.begin(), own.end());
    leat::cli::hide_secrets(own);
    std::vector<char const*> pointers;
    for (auto const& copy : copies)
        pointers.push_back(copy.c_str());
    pointers.push_back(nullptr);
    return leat::cli::run_program(argument_count, pointers.data());
}
