#include "tasks/trace_context.hpp"

#include <openssl/sha.h>

#include <algorithm>

#include "core/escape.hpp"

namespace leat::tasks {
namespace {

// "00-<trace>-<span>-01"
constexpr std::size_t kTraceAt = 3;
constexpr std::size_t kSpanAt = 36;
constexpr std::size_t kFlagsAt = 53;
constexpr std::size_t kBytes = 55;  // of version 00; higher ones may go on behind another dash
constexpr std::string_view kVersion = "00";
constexpr std::size_t kQuotedBytes = 80;
constexpr std::string_view kDigits = "0123456789abcdef";

bool is_hex(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return c == '0'; });
}

unsigned value_of(char digit) noexcept {
    return static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

void write_hex(std::uint64_t value, char* place) noexcept {
    constexpr int kDigitsOfWord = 16;
    for (int i = kDigitsOfWord - 1; i >= 0; --i, value >>= 4U)
        place[i] = kDigits[value & 0xFU];
}

std::uint64_t not_zero(core::Random& random) {
    auto value = random.next();
    while (value == 0)
        value = random.next();
    return value;
}

std::uint64_t word_at(unsigned char const* bytes) noexcept {
    std::uint64_t word = 0;
    for (int i = 0; i < 8; ++i)
        word = word << 8U | bytes[i];
    return word;
}

}  // namespace

std::string TraceContext::text() const {
    std::string text;
    text.reserve(kBytes);
    text.append(kVersion).append("-").append(trace_id()).append("-").append(span_id());
    return text.append(sampled ? "-01" : "-00");
}

std::expected<TraceContext, std::string_view> parse_traceparent(std::string_view text) noexcept {
    if (text.size() < kBytes) return std::unexpected("is too short: it must be version-trace-parent-flags");
    auto const version = text.substr(0, 2);
    auto const trace = text.substr(kTraceAt, TraceContext{}.trace.size());
    auto const span = text.substr(kSpanAt, TraceContext{}.span.size());
    auto const flags = text.substr(kFlagsAt, 2);
    bool const dashes = text[kTraceAt - 1] == '-' && text[kSpanAt - 1] == '-' && text[kFlagsAt - 1] == '-';
    if (!dashes || !is_hex(version) || !is_hex(trace) || !is_hex(span) || !is_hex(flags))
        return std::unexpected("must be version-trace-parent-flags in lower-case hex digits");
    if (version == "ff") return std::unexpected("has the version ff, which does not exist");
    if (text.size() > kBytes && (version == kVersion || text[kBytes] != '-'))
        return std::unexpected("is too long for its version");
    if (is_zero(trace)) return std::unexpected("has a trace id of zeros");
    if (is_zero(span)) return std::unexpected("has a parent id of zeros");
    TraceContext context;
    std::ranges::copy(trace, context.trace.begin());
    std::ranges::copy(span, context.span.begin());
    context.sampled = (value_of(flags[1]) & 1U) != 0;
    return context;
}

std::string stored_traceparent(std::string_view text, TraceContext const& context) {
    return text.starts_with(kVersion) ? std::string(text) : context.text();
}

Result<std::string> checked_traceparent(std::string_view operation, std::string text) {
    if (text.empty()) return text;
    auto const context = parse_traceparent(text);
    if (!context) {
        return fail(ErrorCode::invalid_input, operation,
                    "the traceparent \"" + core::printable(text, kQuotedBytes) + "\" " + std::string(context.error()) +
                        "; hand on the one you were given (such as 00-0af7651916cd43dd8448eb211c80319c-"
                        "b7ad6b7169203331-01), or leave it out");
    }
    return stored_traceparent(text, *context);
}

TraceContext child_of(TraceContext const& parent, core::Random& random) {
    auto child = parent;
    write_hex(not_zero(random), child.span.data());
    return child;
}

TraceContext new_trace(core::Random& random) {
    TraceContext context{.sampled = true};
    write_hex(random.next(), context.trace.data());
    write_hex(not_zero(random), context.trace.data() + context.trace.size() / 2);
    return child_of(context, random);
}

TraceContext trace_of_task(std::string_view key, std::int64_t created_at, core::Random& random) {
    auto const name = std::string(key) + '@' + std::to_string(created_at);
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<unsigned char const*>(name.data()), name.size(), digest.data());
    TraceContext context{.sampled = true};
    write_hex(word_at(digest.data()), context.trace.data());
    write_hex(word_at(digest.data() + 8) | 1U, context.trace.data() + context.trace.size() / 2);  // never all zero
    return child_of(context, random);
}

}  // namespace leat::tasks
