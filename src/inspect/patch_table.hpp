#pragma once
// Which builds of a server have the security fixes that Leat's use of it needs (Lua, streams, blocking reads). No I/O.
#include <array>
#include <compare>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace leat::inspect {

// "7.0.15"; a suffix such as "-rc1" does not count.
struct Version {
    int major = 0, minor = 0, patch = 0;
    auto operator<=>(Version const&) const = default;
};
// Nothing where the text does not begin with major.minor.
[[nodiscard]] std::optional<Version> parse_version(std::string_view text) noexcept;
[[nodiscard]] std::string to_string(Version const& version);

struct PatchedBuild {
    std::string_view kind;  // "redis", "valkey"
    Version first;          // the first build of its branch (major.minor) with all fixes
};
// The branches that get fixes, by kind and age. State of November 2026.
[[nodiscard]] std::span<PatchedBuild const> patched_builds() noexcept;

// The oldest version that Leat works with; none for servers that it is not tested with.
[[nodiscard]] std::optional<Version> oldest_supported(std::string_view kind) noexcept;

enum class PatchLevel {
    patched,   // has them
    outdated,  // its branch has newer builds with them
    unlisted,  // its branch gets none from its makers; a distribution may patch it, which the version does not tell
    newer,     // a branch that is younger than the table
};
struct PatchJudgement {
    PatchLevel level = PatchLevel::unlisted;
    std::optional<Version> wanted;  // outdated: of this branch; unlisted: of the next branch that has them
};
[[nodiscard]] PatchJudgement judge_patches(std::string_view kind, Version const& version) noexcept;

}  // namespace leat::inspect
