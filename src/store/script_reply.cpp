#include "store/script_reply.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

namespace leat::store {
namespace {

template <class Item, class Projection>
std::vector<std::size_t> sorted(std::span<Item const> items, Projection held_of) {
    std::vector<std::tuple<Lane, EntryId, std::size_t>> places;
    places.reserve(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        Held const& held = std::invoke(held_of, items[i]);
        places.emplace_back(held.lane, parse_entry_id(held.entry_id).value_or(EntryId{}), i);
    }
    std::ranges::sort(places);
    std::vector<std::size_t> order;
    order.reserve(places.size());
    for (auto const& place : places)
        order.push_back(std::get<2>(place));
    return order;
}

}  // namespace

void add_lanes(redis::ScriptCall& call, AgentKeys const& keys) {
    for (auto const& lane : keys.ready)
        call.arg(lane);
}

std::vector<std::size_t> by_entry(std::span<Held const> held) {
    return sorted(held, std::identity{});
}

std::vector<std::size_t> by_entry(std::span<Settlement const> settlements) {
    return sorted(settlements, &Settlement::held);
}

}  // namespace leat::store
