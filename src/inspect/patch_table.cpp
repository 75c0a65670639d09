#include "inspect/patch_table.hpp"

#include <charconv>

namespace leat::inspect {
namespace {

constexpr std::array kBuilds{
    PatchedBuild{"redis", {7, 4, 10}}, PatchedBuild{"redis", {8, 2, 9}},  PatchedBuild{"redis", {8, 4, 6}},
    PatchedBuild{"redis", {8, 6, 6}},  PatchedBuild{"redis", {8, 8, 2}},  PatchedBuild{"redis", {8, 10, 2}},
    PatchedBuild{"valkey", {8, 1, 9}}, PatchedBuild{"valkey", {9, 0, 6}}, PatchedBuild{"valkey", {9, 1, 2}},
};

// Reads one number and the dot behind it.
std::optional<int> take_number(std::string_view& text) noexcept {
    int number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with('.')) text.remove_prefix(1);
    return number;
}

}  // namespace

std::optional<Version> parse_version(std::string_view text) noexcept {
    auto const major = take_number(text);
    if (!major) return std::nullopt;
    auto const minor = take_number(text);
    if (!minor) return std::nullopt;
    return Version{*major, *minor, take_number(text).value_or(0)};
}

std::string to_string(Version const& version) {
    return std::to_string(version.major) + "." + std::to_string(version.minor) + "." + std::to_string(version.patch);
}

std::span<PatchedBuild const> patched_builds() noexcept {
    return kBuilds;
}

std::optional<Version> oldest_supported(std::string_view kind) noexcept {
    if (kind == "redis") return Version{7, 0, 0};
    if (kind == "valkey") return Version{8, 0, 0};
    return std::nullopt;
}

PatchJudgement judge_patches(std::string_view kind, Version const& version) noexcept {
    for (auto const& build : kBuilds) {
        if (build.kind != kind) continue;
        auto const& first = build.first;
        if (first.major == version.major && first.minor == version.minor)
            return version >= first ? PatchJudgement{PatchLevel::patched, std::nullopt}
                                    : PatchJudgement{PatchLevel::outdated, first};
        if (version < first) return {PatchLevel::unlisted, first};
    }
    return {PatchLevel::newer, std::nullopt};
}

}  // namespace leat::inspect
