#pragma once
// What a run tells its subprocesses, in a file: passwords stay off the command line.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "leat/error.hpp"
#include "leat/options.hpp"

namespace leat::cli::chaos {

struct Setup {
    ConnectionOptions connection;  // as workers and producers use it; the prefix is the run's namespace
    std::filesystem::path folder;  // of the run: histories go there
    Milliseconds lease{3'000};
    double rate = 0;         // tasks a second of one producer
    std::uint64_t seed = 0;  // of the run

    // Where a process writes its history, and its ledger.
    [[nodiscard]] std::filesystem::path history_of(std::string_view process) const;
    [[nodiscard]] std::filesystem::path ledger_of(std::string_view process) const;
    // The front door's stream.
    [[nodiscard]] std::string front_stream() const { return connection.prefix + "-tasks"; }
};

// Only its owner can read the file. Errors: invalid_input.
[[nodiscard]] Result<void> write_setup(Setup const& setup, std::filesystem::path const& file);
[[nodiscard]] Result<Setup> read_setup(std::filesystem::path const& file);

// The hidden commands of a run's subprocesses; `name` and `number` are the fleet's. They return the exit code's text
// in an Error, or when they were told to stop.
[[nodiscard]] Result<void> run_worker_process(Setup const& setup, std::string const& name);
[[nodiscard]] Result<void> run_producer_process(Setup const& setup, std::string const& name, std::uint64_t number);
// The subprocess of an exec agent: speaks the exec protocol on stdin and stdout.
void run_exec_agent();

}  // namespace leat::cli::chaos
