#pragma once
// Every user of a machine can read the arguments of every process.
#include <span>

namespace leat::cli {

// Overwrites the passwords among the arguments of this process where they are: in the URL after --redis, and in what
// --set gives to a key that holds a secret. For the moment before it, they can be seen; a variable never can.
void hide_secrets(std::span<char* const> arguments) noexcept;

}  // namespace leat::cli
