#pragma once
// What every listing shares: --limit, --cursor, and how the next page is told.
#include <CLI/App.hpp>
#include <cstdint>
#include <string>

#include "output.hpp"

namespace leat::cli {

struct Paging {
    std::int64_t limit = 20;
    std::string cursor{};
};

void add_paging(CLI::App& command, Paging& paging);
// Says how to go on where there is more.
void tell_next_page(Output& out, std::string const& cursor);

}  // namespace leat::cli
