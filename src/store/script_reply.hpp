#pragma once
// What the callers of scripts share: arguments in, checked replies out.
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "leat/error.hpp"
#include "redis/reply.hpp"
#include "redis/script.hpp"
#include "store/inspect_reply.hpp"
#include "store/store.hpp"

namespace leat::store {

// The lanes, in the order in which every script takes them.
void add_lanes(redis::ScriptCall& call, AgentKeys const& keys);

// A reply of one status character per item.
template <class Code>
[[nodiscard]] Result<std::vector<Code>> read_codes(std::string_view script, redis::ReplyView reply, std::size_t items,
                                                   std::optional<Code> (*to_code)(char) noexcept) {
    auto const text = reply.text();
    if (text.size() != items) return unexpected_reply(script);
    std::vector<Code> codes;
    codes.reserve(items);
    for (auto const c : text) {
        auto const code = to_code(c);
        if (!code) return unexpected_reply(script);
        codes.push_back(*code);
    }
    return codes;
}

// A reply of one status character.
template <class Code>
[[nodiscard]] Result<Code> read_code(std::string_view script, redis::ReplyView reply,
                                     std::optional<Code> (*to_code)(char) noexcept) {
    auto const codes = read_codes(script, reply, 1, to_code);
    if (!codes) return std::unexpected(codes.error());
    return codes->front();
}

// Indices of a batch sorted by lane and entry: then a script finds what is held with one range per lane.
[[nodiscard]] std::vector<std::size_t> by_entry(std::span<Held const> held);
[[nodiscard]] std::vector<std::size_t> by_entry(std::span<Settlement const> settlements);

}  // namespace leat::store
