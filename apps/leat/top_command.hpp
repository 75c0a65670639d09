#pragma once
#include "session.hpp"

namespace leat::cli {

void add_top_command(CLI::App& app, Session& session);

}  // namespace leat::cli
