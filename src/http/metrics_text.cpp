#include "http/metrics_text.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "core/escape.hpp"

namespace leat::http {
namespace {

std::string number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    std::array<char, 32> digits{};
    bool const plain = value == 0 || (std::abs(value) >= 1e-6 && std::abs(value) < 1e15);
    auto const written = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                       plain ? std::chars_format::fixed : std::chars_format::general);
    return {digits.data(), written.ptr};
}

std::string label_value(std::string_view text) {
    std::string out;
    for (char const c : core::sanitize_utf8(text)) {
        if (c == '\\' || c == '"') out += '\\';
        if (c == '\n') {
            out += "\\n";
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace

std::string bound_text(std::size_t bucket) {
    auto const bound = core::Histogram::upper_bound(bucket);
    if (bound == std::chrono::microseconds::max()) return "+Inf";
    return number(static_cast<double>(bound.count()) / 1e6);
}

void MetricsText::family(std::string_view name, std::string_view type, std::string_view help) {
    family_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void MetricsText::line(std::string_view suffix, Labels labels, std::string_view bound, double value) {
    text_.append(family_).append(suffix);
    std::string_view separator = "{";
    for (auto const& [name, text] : labels) {
        text_.append(separator).append(name).append("=\"").append(label_value(text)).append("\"");
        separator = ",";
    }
    if (!bound.empty()) {
        text_.append(separator).append("le=\"").append(bound).append("\"");
        separator = ",";
    }
    if (separator == ",") text_.append("}");
    text_.append(" ").append(number(value)).append("\n");
}

void MetricsText::sample(Labels labels, double value) {
    line("", labels, "", value);
}

void MetricsText::histogram(Labels labels, core::Histogram const& histogram, double sum_seconds) {
    std::uint64_t below = 0;
    for (std::size_t bucket = 0; bucket < core::Histogram::kBuckets; ++bucket) {
        below += histogram.count(bucket);
        line("_bucket", labels, bound_text(bucket), static_cast<double>(below));
    }
    line("_sum", labels, "", sum_seconds);
    line("_count", labels, "", static_cast<double>(histogram.count()));
}

}  // namespace leat::http
