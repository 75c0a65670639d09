#include "paging.hpp"

#include <CLI/CLI.hpp>

#include "store/store_inspect.hpp"

namespace leat::cli {

void add_paging(CLI::App& command, Paging& paging) {
    command.add_option("--limit", paging.limit, "Rows of one page, 1 to 1000.")
        ->check(CLI::Range(std::int64_t{1}, store::kPageMax))
        ->capture_default_str();
    command.add_option("--cursor", paging.cursor, "Go on where an earlier page ended; the page tells its cursor.");
}

void tell_next_page(Output& out, std::string const& cursor) {
    if (!cursor.empty()) out.note("There may be more: --cursor " + cursor);
}

}  // namespace leat::cli
