#pragma once
// What luapack writes: C++ for the build, and the table of scripts for people.
#include <span>
#include <string>

#include "script.hpp"

namespace luapack {

// scripts.gen.hpp: per script a redis::Script, the numbers of its keys and arguments, and its statuses as an enum.
[[nodiscard]] std::string generate_header(std::span<Script const> scripts);
// scripts.gen.cpp: the embedded sources and their SHA-1.
[[nodiscard]] std::string generate_source(std::span<Script const> scripts);
// The section of docs/keys-and-scripts.md that lists every script with its contract, in Markdown.
[[nodiscard]] std::string generate_docs(std::span<Script const> scripts);

}  // namespace luapack
