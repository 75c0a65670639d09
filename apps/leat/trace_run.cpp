#include "trace_run.hpp"

#include <unistd.h>

#include <utility>

#include "core/escape.hpp"
#include "core/ids.hpp"
#include "inspect/model_json.hpp"
#include "outbound/url.hpp"

namespace leat::cli {
namespace {

constexpr std::size_t kReasonBytes = 512;

std::string dropped_line(LogForm form, std::uint64_t spans, std::string const& why) {
    if (form == LogForm::json) {
        return inspect::dump(
            {{"event", "spans_dropped"}, {"count", spans}, {"detail", core::sanitize_utf8(why, kReasonBytes)}});
    }
    return "spans_dropped count=" + std::to_string(spans) + " detail=\"" + core::printable(why, kReasonBytes) + "\"";
}

std::string started_line(LogForm form, std::string const& url) {
    if (form == LogForm::json) return inspect::dump({{"event", "tracing"}, {"detail", url}});
    return "tracing detail=\"" + url + "\"";
}

}  // namespace

Result<Tracing> Tracing::start(Session& session, tracing::TroubleListener on_trouble) {
    if (auto const config = session.config(); !config) return std::unexpected(config.error());  // reads the environment
    auto settings = tracing::settings_of(session.sources.environment, {.host = core::host_name(), .pid = ::getpid()});
    if (!settings) return std::unexpected(std::move(settings.error()));
    Tracing tracing;
    if (!*settings) return tracing;
    tracing.shown_url_ = outbound::shown_url((*settings)->url);
    tracing.exporter_ = std::make_shared<tracing::SpanExporter>(std::move(**settings), tracing::ExporterOptions{},
                                                                core::Random::from_entropy(), core::machine_clock(),
                                                                std::move(on_trouble));
    return tracing;
}

Result<Tracing> Tracing::start(Session& session, LogForm form) {
    auto const logger = stderr_logger(form, spdlog::level::info);
    auto tracing = start(session, [logger, form](std::uint64_t spans, std::string const& why) {
        logger->warn(dropped_line(form, spans, why));
    });
    if (tracing && tracing->exporter_) logger->info(started_line(form, tracing->shown_url_));
    return tracing;
}

SpanListener Tracing::listener() const {
    if (!exporter_) return {};
    return [exporter = exporter_](Span const& span) { exporter->add(span); };
}

http::SpanCounter Tracing::counter() const {
    if (!exporter_) return {};
    return [exporter = exporter_] {
        auto const counts = exporter->counts();
        return http::SpanCounts{
            .exported = counts.exported, .overflowed = counts.overflowed, .undelivered = counts.undelivered};
    };
}

void Tracing::stop(std::chrono::milliseconds patience) {
    if (exporter_) exporter_->stop(patience);
}

}  // namespace leat::cli
