#pragma once
// Steps that faults of the server share.
#include <string>
#include <string_view>

#include "chaos/fault.hpp"
#include "chaos/redis_link.hpp"
#include "chaos/server_process.hpp"

namespace leat::cli::chaos {

// One setting of the server. Errors: those of RedisLink::command.
[[nodiscard]] Result<std::string> config(RedisLink& redis, std::string const& name);
[[nodiscard]] Result<void> set_config(RedisLink& redis, std::string const& name, std::string const& value);
// One field of INFO; empty where there is none.
[[nodiscard]] Result<std::string> info(RedisLink& redis, std::string const& section, std::string_view field);

// A command whose failure does not matter: the server may be away just now.
void try_command(RedisLink& redis, std::vector<std::string> const& words);

// A random time below `limit` passes. False once the run has to end.
[[nodiscard]] bool wait_up_to(FaultContext& context, Milliseconds limit);

// Adds to an environment; libraries to be preloaded are joined.
void add_environment(std::map<std::string, std::string>& to, std::map<std::string, std::string> const& from);

// Puts a value back when it goes out of scope.
template <class T>
class Restored {
  public:
    explicit Restored(T& value) : value_(value), kept_(value) {}
    ~Restored() { value_ = std::move(kept_); }
    Restored(Restored const&) = delete;
    Restored& operator=(Restored const&) = delete;

  private:
    T& value_;
    T kept_;
};

}  // namespace leat::cli::chaos
