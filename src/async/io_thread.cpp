#include "async/io_thread.hpp"

#include <pthread.h>

#include <boost/asio/post.hpp>
#include <stdexcept>

namespace leat::async {
namespace {

constexpr std::size_t kThreadNameBytes = 15;  // the kernel's limit

}  // namespace

IoThread::IoThread(std::string name, int threads) : context_(threads), work_(context_.get_executor()) {
    if (threads < 1) throw std::logic_error("IoThread needs at least one thread");
    name.resize(std::min(name.size(), kThreadNameBytes));
    threads_.reserve(static_cast<std::size_t>(threads));
    for (int i = 0; i < threads; ++i) {
        threads_.emplace_back([this] { context_.run(); });
        pthread_setname_np(threads_.back().native_handle(), name.c_str());
    }
}

IoThread::~IoThread() {
    work_.reset();
    // Queued behind everything that is ready now. Without it a timer that somebody forgot would keep the threads for
    // ever.
    boost::asio::post(context_, [this] { context_.stop(); });
    for (auto& thread : threads_)
        thread.join();
}

}  // namespace leat::async
