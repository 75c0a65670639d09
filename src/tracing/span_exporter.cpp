#include "tracing/span_exporter.hpp"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/escape.hpp"
#include "leat/version.hpp"

namespace leat::tracing {
namespace {

constexpr std::size_t kReasonBytes = 256;
constexpr std::size_t kRequestBytes = 4U << 20;  // of one batch, about, at most

outbound::PosterOptions poster_options(ExporterOptions const& options) {
    outbound::PosterOptions poster;
    poster.user_agent = "leat/" LEAT_VERSION;
    poster.posts_max = options.batches_max;
    poster.bytes_max = options.batches_max * kRequestBytes;
    poster.transfers_at_once = 1;
    poster.backoff = options.backoff;
    return poster;
}

}  // namespace

SpanExporter::SpanExporter(Settings settings, ExporterOptions options, core::Random const& random,
                           core::Clock const& clock, TroubleListener on_trouble)
    : settings_(std::move(settings)),
      options_(std::move(options)),
      clock_(clock),
      on_trouble_(std::move(on_trouble)),
      poster_(poster_options(options_), random, clock),
      thread_([this] { run(); }) {
    pthread_setname_np(thread_.native_handle(), "leat-spans");
}

SpanExporter::~SpanExporter() {
    stop(std::chrono::milliseconds(0));
}

void SpanExporter::add(Span const& span) {
    SpanRecord record(span);
    bool full = false;
    bool wake = false;
    {
        std::lock_guard const lock(mutex_);
        full = stopping_ || queue_.size() >= options_.queue_max;
        if (!full) queue_.push_back(std::move(record));
        wake = queue_.size() == options_.batch_max;
    }
    if (full) return dropped(overflowed_, 1, "they come faster than they can be sent");
    if (wake) changed_.notify_one();
}

void SpanExporter::stop(std::chrono::milliseconds patience) {
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
    poster_.stop(patience);
    report(true);
}

ExportCounts SpanExporter::counts() const noexcept {
    return {.exported = exported_, .overflowed = overflowed_, .undelivered = undelivered_};
}

void SpanExporter::run() {
    for (;;) {
        bool last = false;
        {
            std::unique_lock lock(mutex_);
            changed_.wait_for(lock, options_.interval,
                              [this] { return stopping_ || queue_.size() >= options_.batch_max; });
            last = stopping_;
        }
        for (auto batch = next_batch(); !batch.empty(); batch = next_batch())
            send(std::move(batch));
        report(false);
        if (last) return;
    }
}

std::vector<SpanRecord> SpanExporter::next_batch() {
    std::lock_guard const lock(mutex_);
    auto const size = std::min(queue_.size(), options_.batch_max);
    auto const end = queue_.begin() + static_cast<std::ptrdiff_t>(size);
    std::vector<SpanRecord> batch(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
    queue_.erase(queue_.begin(), end);
    return batch;
}

void SpanExporter::send(std::vector<SpanRecord> batch) {
    outbound::Post post;
    post.url = settings_.url;
    post.headers = settings_.headers;
    post.headers.emplace_back("Content-Type: application/json");
    post.body = otlp_json(settings_.resource, batch);
    post.timeout = settings_.timeout;
    post.attempts = options_.attempts;
    auto const spans = batch.size();
    post.on_done = [this, spans](outbound::PostOutcome const& outcome) { sent(spans, outcome); };
    if (!poster_.post(std::move(post)))
        dropped(undelivered_, spans, "the collector does not take them as fast as they come");
}

void SpanExporter::sent(std::size_t spans, outbound::PostOutcome const& outcome) {
    if (!outcome.sent) return dropped(undelivered_, spans, outcome.error);
    auto const rejection = read_answer(outcome.body);
    auto const refused = std::min<std::uint64_t>(rejection.spans, spans);
    exported_ += spans - refused;
    if (refused > 0)
        dropped(undelivered_, refused,
                "the collector refused them: " + core::printable(rejection.reason, kReasonBytes));
}

void SpanExporter::dropped(std::atomic<std::uint64_t>& counter, std::uint64_t spans, std::string why) {
    counter += spans;
    std::lock_guard const lock(trouble_mutex_);
    unreported_ += spans;
    last_reason_ = std::move(why);
}

void SpanExporter::report(bool now) {
    std::uint64_t spans = 0;
    std::string why;
    {
        std::lock_guard const lock(trouble_mutex_);
        bool const due = now || !last_report_ || clock_.now() - *last_report_ >= options_.report_interval;
        if (unreported_ == 0 || !due) return;
        last_report_ = clock_.now();
        spans = std::exchange(unreported_, 0);
        why = last_reason_;
    }
    if (on_trouble_) on_trouble_(spans, why);
}

}  // namespace leat::tracing
