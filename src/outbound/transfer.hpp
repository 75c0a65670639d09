#pragma once
// One attempt of a post: a curl handle and what it brings back.
#include <curl/curl.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "outbound/poster.hpp"

namespace leat::outbound {

// What came back of one attempt.
struct Answer {
    long status = 0;       // 0: there was no answer
    bool passing = false;  // another attempt may end better
    std::optional<std::chrono::seconds> retry_after{};
    std::string body{};
    std::string error{};  // empty for 2xx
};

// Does not move: curl keeps its address.
class Transfer {
  public:
    // `post` outlives it. Null handle() where curl has no memory left.
    Transfer(Post const& post, std::string const& user_agent, std::chrono::milliseconds timeout);
    ~Transfer();
    Transfer(Transfer const&) = delete;
    Transfer& operator=(Transfer const&) = delete;

    [[nodiscard]] CURL* handle() const noexcept { return easy_; }
    // After curl has ended it with `code`.
    [[nodiscard]] Answer answer(CURLcode code);
    // It is given up: its end does not wait for a lookup of names that is under way.
    void hurry() noexcept;

  private:
    static std::size_t write(char* data, std::size_t size, std::size_t count, void* self) noexcept;
    bool set_up(Post const& post, std::string const& user_agent, std::chrono::milliseconds timeout);
    [[nodiscard]] std::string network_error(CURLcode code) const;

    CURL* easy_ = nullptr;
    curl_slist* headers_ = nullptr;
    std::array<char, CURL_ERROR_SIZE> reason_{};
    std::string body_;
    bool cut_ = false;  // the body was longer than anybody wants to know
};

}  // namespace leat::outbound
