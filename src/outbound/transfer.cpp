#include "outbound/transfer.hpp"

#include "core/escape.hpp"

namespace leat::outbound {
namespace {

constexpr std::size_t kErrorBytes = 200;

// Failures that the same request meets again.
bool is_final(CURLcode code) noexcept {
    switch (code) {
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_NOT_BUILT_IN:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_BAD_FUNCTION_ARGUMENT:
            return true;
        default:
            return false;
    }
}

// Sets options until one is refused.
class Setter {
  public:
    explicit Setter(CURL* easy) : easy_(easy) {}
    template <class Value>
    Setter& set(CURLoption option, Value value) {
        if (good_) good_ = curl_easy_setopt(easy_, option, value) == CURLE_OK;
        return *this;
    }
    [[nodiscard]] bool good() const noexcept { return good_; }

  private:
    CURL* easy_;
    bool good_ = true;
};

std::string status_error(long status) {
    auto text = "the other end answered " + std::to_string(status);
    if (status >= 300 && status < 400) text += "; redirects are not followed, give the address itself";
    return text;
}

}  // namespace

Transfer::Transfer(Post const& post, std::string const& user_agent, std::chrono::milliseconds timeout)
    : easy_(curl_easy_init()) {
    if (easy_ == nullptr || set_up(post, user_agent, timeout)) return;
    curl_easy_cleanup(easy_);
    easy_ = nullptr;
}

Transfer::~Transfer() {
    if (easy_ != nullptr) curl_easy_cleanup(easy_);
    curl_slist_free_all(headers_);
}

bool Transfer::set_up(Post const& post, std::string const& user_agent, std::chrono::milliseconds timeout) {
    // Without "Expect" curl would wait for a leave to send larger bodies.
    headers_ = curl_slist_append(nullptr, "Expect:");
    for (auto const& header : post.headers) {
        auto* const longer = curl_slist_append(headers_, header.c_str());
        if (longer == nullptr) return false;
        headers_ = longer;
    }
    auto const limit_ms = static_cast<long>(timeout.count() < 1 ? 1 : timeout.count());
    Setter options(easy_);
    options.set(CURLOPT_URL, post.url.c_str())
        .set(CURLOPT_PROTOCOLS_STR, "http,https")
        .set(CURLOPT_FOLLOWLOCATION, 0L)
        .set(CURLOPT_NOSIGNAL, 1L)
        .set(CURLOPT_TIMEOUT_MS, limit_ms)
        .set(CURLOPT_CONNECTTIMEOUT_MS, limit_ms)
        .set(CURLOPT_POST, 1L)
        .set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(post.body.size()))
        .set(CURLOPT_POSTFIELDS, post.body.c_str())
        .set(CURLOPT_HTTPHEADER, headers_)
        .set(CURLOPT_USERAGENT, user_agent.c_str())
        .set(CURLOPT_WRITEFUNCTION, &Transfer::write)
        .set(CURLOPT_WRITEDATA, static_cast<void*>(this))
        .set(CURLOPT_ERRORBUFFER, reason_.data());
    return options.good();
}

std::size_t Transfer::write(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    auto const bytes = size * count;
    auto const room = kAnswerBytes - transfer.body_.size();
    transfer.cut_ = bytes > room;
    transfer.body_.append(data, transfer.cut_ ? room : bytes);
    return transfer.cut_ ? 0 : bytes;  // 0 ends the transfer
}

std::string Transfer::network_error(CURLcode code) const {
    std::string_view const reason = reason_.front() != '\0' ? reason_.data() : curl_easy_strerror(code);
    return "no answer: " + core::printable(reason, kErrorBytes);
}

Answer Transfer::answer(CURLcode code) {
    Answer answer;
    answer.body = std::move(body_);
    // Where only the end of a long body is missing, the status counts.
    if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && cut_)) {
        answer.passing = !is_final(code);
        answer.error = network_error(code);
        return answer;
    }
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &answer.status);
    if (answer.status >= 200 && answer.status < 300) return answer;
    answer.passing = is_passing(answer.status);
    answer.error = status_error(answer.status);
    curl_off_t seconds = 0;
    if (curl_easy_getinfo(easy_, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK && seconds > 0)
        answer.retry_after = std::chrono::seconds{seconds};
    return answer;
}

void Transfer::hurry() noexcept {
    curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);
}

}  // namespace leat::outbound
