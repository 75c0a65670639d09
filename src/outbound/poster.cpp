#include "outbound/poster.hpp"

#include <curl/curl.h>
#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <stdexcept>
#include <utility>

#include "outbound/transfer.hpp"

namespace leat::outbound {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kIdleWait{60'000};  // a wake-up ends it

void prepare_curl() {
    static CURLcode const code = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK) throw std::runtime_error("libcurl cannot start: " + std::string(curl_easy_strerror(code)));
}

std::size_t size_of(Post const& post) {
    auto bytes = post.url.size() + post.body.size();
    for (auto const& header : post.headers)
        bytes += header.size();
    return bytes;
}

}  // namespace

struct Poster::Job {
    Post post;
    std::size_t bytes = 0;
    Time due{};  // of the next attempt
    PostOutcome outcome{};
    std::unique_ptr<Transfer> transfer{};
};

// What happens on the thread.
class Poster::Engine {
  public:
    Engine(Poster& poster, core::Random const& random) : poster_(poster), random_(random), multi_(curl_multi_init()) {
        if (multi_ == nullptr) throw std::runtime_error("libcurl cannot start: no memory");
        curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS,
                          static_cast<long>(std::max<std::size_t>(poster.options_.transfers_at_once, 1)));
    }
    ~Engine() { curl_multi_cleanup(multi_); }
    Engine(Engine const&) = delete;
    Engine& operator=(Engine const&) = delete;

    void wake() noexcept { curl_multi_wakeup(multi_); }

    void run() {
        for (;;) {
            auto [jobs, stop_at] = poster_.take_news();
            std::ranges::move(jobs, std::back_inserter(waiting_));
            auto const now = poster_.clock_.now();
            if (stop_at && now >= *stop_at) give_up();
            start_due(now, stop_at);
            int running = 0;
            curl_multi_perform(multi_, &running);
            collect(stop_at.has_value());
            if (stop_at && waiting_.empty() && running_.empty()) return;
            curl_multi_poll(multi_, nullptr, 0, static_cast<int>(wait(stop_at).count()), nullptr);
        }
    }

  private:
    using Jobs = std::deque<std::unique_ptr<Job>>;

    // Those that are due, in their order, as many as may run at once.
    void start_due(Time now, std::optional<Time> stop_at) {
        for (auto at = waiting_.begin(); at != waiting_.end() && running_.size() < most();) {
            if (!stop_at && (*at)->due > now) {
                ++at;
                continue;
            }
            auto job = std::move(*at);
            at = waiting_.erase(at);
            start(std::move(job), now, stop_at);
        }
    }

    void start(std::unique_ptr<Job> job, Time now, std::optional<Time> stop_at) {
        auto timeout = job->post.timeout;
        if (stop_at) timeout = std::min(timeout, std::chrono::ceil<milliseconds>(*stop_at - now));
        ++job->outcome.attempts;
        job->transfer = std::make_unique<Transfer>(job->post, poster_.options_.user_agent, timeout);
        auto* const handle = job->transfer->handle();
        if (handle == nullptr || curl_multi_add_handle(multi_, handle) != CURLM_OK) {
            job->transfer.reset();
            job->outcome.error = "the request could not be made";
            return end(std::move(job));
        }
        running_.emplace(handle, std::move(job));
    }

    void collect(bool stopping) {
        int left = 0;
        while (auto* const message = curl_multi_info_read(multi_, &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            auto const code = message->data.result;
            auto const found = running_.find(message->easy_handle);
            auto job = std::move(found->second);
            running_.erase(found);
            curl_multi_remove_handle(multi_, job->transfer->handle());
            take_answer(std::move(job), code, stopping);
        }
    }

    void take_answer(std::unique_ptr<Job> job, CURLcode code, bool stopping) {
        auto answer = job->transfer->answer(code);
        job->transfer.reset();
        auto& outcome = job->outcome;
        outcome.sent = answer.error.empty();
        outcome.status = answer.status;
        outcome.body = std::move(answer.body);
        outcome.error = std::move(answer.error);
        if (outcome.sent || !answer.passing || stopping || outcome.attempts >= job->post.attempts)
            return end(std::move(job));
        ++poster_.retried_;
        job->due =
            poster_.clock_.now() + retry_delay(poster_.options_.backoff, outcome.attempts, answer.retry_after, random_);
        waiting_.push_back(std::move(job));
    }

    void end(std::unique_ptr<Job> job) {
        ++(job->outcome.sent ? poster_.sent_ : poster_.failed_);
        poster_.let_go(job->bytes);
        if (job->post.on_done) job->post.on_done(job->outcome);
    }

    // The time of stop() is over.
    void give_up() {
        for (auto& [handle, job] : running_) {
            curl_multi_remove_handle(multi_, handle);
            job->transfer->hurry();
            job->transfer.reset();
            waiting_.push_back(std::move(job));
        }
        running_.clear();
        for (auto& job : std::exchange(waiting_, {})) {
            ++poster_.dropped_;
            poster_.let_go(job->bytes);
            job->outcome.error = "given up: there was no time left at the end of the program";
            if (job->post.on_done) job->post.on_done(job->outcome);
        }
    }

    [[nodiscard]] milliseconds wait(std::optional<Time> stop_at) const {
        auto until = poster_.clock_.now() + kIdleWait;
        if (stop_at) until = std::min(until, *stop_at);
        if (running_.size() < most()) {
            for (auto const& job : waiting_)
                until = std::min(until, job->due);
        }
        return std::clamp(std::chrono::ceil<milliseconds>(until - poster_.clock_.now()), milliseconds{0}, kIdleWait);
    }

    [[nodiscard]] std::size_t most() const noexcept {
        return std::max<std::size_t>(poster_.options_.transfers_at_once, 1);
    }

    Poster& poster_;
    core::Random random_;
    CURLM* multi_;
    Jobs waiting_;
    std::map<CURL*, std::unique_ptr<Job>> running_;
};

Poster::Poster(PosterOptions options, core::Random const& random, core::Clock const& clock)
    : options_(std::move(options)), clock_(clock) {
    prepare_curl();
    engine_ = std::make_unique<Engine>(*this, random);
    thread_ = std::thread([this] { engine_->run(); });
    pthread_setname_np(thread_.native_handle(), "leat-outbound");
}

Poster::~Poster() {
    stop(milliseconds{0});
}

bool Poster::post(Post post) {
    auto job = std::make_unique<Job>();
    job->bytes = size_of(post);
    job->due = clock_.now();
    job->post = std::move(post);
    {
        std::lock_guard const lock(mutex_);
        bool const full = held_posts_ >= options_.posts_max || job->bytes > options_.bytes_max - held_bytes_;
        if (stop_at_ || full) {
            ++dropped_;
            return false;
        }
        ++held_posts_;
        held_bytes_ += job->bytes;
        incoming_.push_back(std::move(job));
    }
    engine_->wake();
    return true;
}

void Poster::stop(milliseconds patience) {
    std::lock_guard const one(stop_mutex_);
    {
        std::lock_guard const lock(mutex_);
        if (!stop_at_) stop_at_ = clock_.now() + patience;
    }
    engine_->wake();
    if (thread_.joinable()) thread_.join();
}

PostCounts Poster::counts() const noexcept {
    return {.sent = sent_, .failed = failed_, .dropped = dropped_, .retried = retried_};
}

std::size_t Poster::held() const {
    std::lock_guard const lock(mutex_);
    return held_posts_;
}

Poster::News Poster::take_news() {
    std::lock_guard const lock(mutex_);
    return {std::exchange(incoming_, {}), stop_at_};
}

void Poster::let_go(std::size_t bytes) {
    std::lock_guard const lock(mutex_);
    --held_posts_;
    held_bytes_ -= bytes;
}

}  // namespace leat::outbound
