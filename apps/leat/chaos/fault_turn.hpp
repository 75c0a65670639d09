#pragma once
// One fault after the other: each with its window in the history and what it needs to do its harm.
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "chaos/fault.hpp"
#include "chaos/history_file.hpp"
#include "chaos/schedule.hpp"

namespace leat::cli::chaos {

// What the run has for its faults; everything outlives the turns.
struct FaultParts {
    HistoryWriter const& history;
    Fleet& workers;
    Fleet& producers;
    ServerProcess* server = nullptr;
    FaultProxy* proxy = nullptr;
    RedisLink& redis;
    store::KeySpace const& space;
    std::span<std::string const> agents;
    Milliseconds lease;
    std::filesystem::path folder;
    std::filesystem::path shims;
    std::function<bool(Milliseconds)> wait;
    std::function<bool(std::function<bool()> const&, Milliseconds)> wait_until;
};

class FaultTurn {
  public:
    FaultTurn(FaultParts parts, FaultKind const& fault, Planned const& planned);

    // Does the fault, with its begin and its end in the history; a server that it left dead is started again.
    // Errors: those of the fault.
    [[nodiscard]] Result<void> take();

  private:
    [[nodiscard]] FaultContext context();
    void begin(Excuse const& excuse);
    void write(Phase phase, std::string detail = {});
    void damaged(std::string_view agent, std::string_view task, std::string_view what);
    void note(std::string_view text);
    [[nodiscard]] Result<void> restart_server(std::function<void()> const& while_stopped);
    [[nodiscard]] Result<void> read_archive();

    FaultParts parts_;
    FaultKind const& fault_;
    Planned const planned_;
};

}  // namespace leat::cli::chaos
