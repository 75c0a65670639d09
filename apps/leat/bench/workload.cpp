#include "bench/workload.hpp"

#include <algorithm>
#include <charconv>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace leat::cli::bench {
namespace {

constexpr std::chrono::seconds kDrainTimeout{600};
constexpr std::int64_t kWindow = 10'000;  // tasks handed over at once
constexpr std::int64_t kWindowBytes = 64LL << 20;
constexpr int kProducers = 2;  // windows under way
constexpr std::string_view kStampStart = "{\"t\":";

// Tasks that one call of dispatch_many gets.
std::int64_t window_of(ScenarioOptions const& options) {
    if (options.batch > 0) return static_cast<std::int64_t>(options.batch);
    return std::clamp<std::int64_t>(kWindowBytes / static_cast<std::int64_t>(options.payload_bytes), 100, kWindow);
}

// Hands out windows of tasks, agent by agent.
class Windows {
  public:
    Windows(std::int64_t tasks, std::size_t agents, std::int64_t size) : size_(size) {
        for (std::size_t i = 0; i < agents; ++i)
            left_.push_back(share_of(tasks, i, agents));
    }
    // The agent and how many; none: all were handed out.
    [[nodiscard]] std::pair<std::size_t, std::int64_t> next() {
        std::lock_guard const lock(mutex_);
        for (std::size_t i = 0; i < left_.size(); ++i) {
            auto const agent = turn_++ % left_.size();
            auto const count = std::min(left_[agent], size_);
            left_[agent] -= count;
            if (count > 0) return {agent, count};
        }
        return {0, 0};
    }

  private:
    std::mutex mutex_;
    std::int64_t size_;
    std::size_t turn_ = 0;
    std::vector<std::int64_t> left_;
};

}  // namespace

std::string stamped_payload(std::size_t bytes, std::int64_t stamp_ns) {
    auto text = std::string(kStampStart) + std::to_string(stamp_ns) + ",\"text\":\"";
    text.append(bytes > text.size() + 2 ? bytes - text.size() - 2 : 0, 'x');
    return text + "\"}";
}

std::string delayed_payload(Milliseconds delay) {
    return std::string(kStampStart) + std::to_string(steady_ns()) + ",\"delay_ms\":" + std::to_string(delay.count()) +
           "}";
}

std::int64_t age_ns(Task const& task) {
    auto const text = std::string_view(task.payload_text()).substr(kStampStart.size());
    std::int64_t stamp = 0;
    std::from_chars(text.data(), text.data() + text.size(), stamp);
    return steady_ns() - stamp;
}

Percentiles Durations::read() {
    values_.resize(std::min(values_.size(), next_.load()));
    return percentiles(values_);
}

RunningWorker::RunningWorker(std::unique_ptr<Worker> worker)
    : worker_(std::move(worker)), thread_([this] { result_ = worker_->run(); }) {}

RunningWorker::~RunningWorker() {
    worker_->stop();
    thread_.join();
}

std::unique_ptr<Worker> make_worker(ScenarioOptions const& options, EventListener listener) {
    WorkerOptions worker;
    static_cast<ConnectionOptions&>(worker) = options.connection;
    worker.handle_signals = false;
    worker.on_event = std::move(listener);
    return std::make_unique<Worker>(std::move(worker));
}

EventListener Losses::listener() {
    return [this](Event const& event) {
        if (event.kind == EventKind::lease_lost) lost_leases_.fetch_add(1, std::memory_order_relaxed);
        if (event.kind == EventKind::task_stale) stale_verdicts_.fetch_add(1, std::memory_order_relaxed);
    };
}

void Losses::report(Phase& phase) const {
    phase.lost_leases = lost_leases_.load();
    phase.stale_verdicts = stale_verdicts_.load();
}

AgentOptions agent_options(int concurrency) {
    AgentOptions agent;
    agent.concurrency = concurrency;
    return agent;
}

ClientOptions client_options(ScenarioOptions const& options) {
    ClientOptions client;
    static_cast<ConnectionOptions&>(client) = options.connection;
    return client;
}

std::vector<std::string> agent_names(std::string const& name, int count) {
    if (count == 1) return {name};
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i)
        names.push_back(name + std::to_string(i));
    return names;
}

void require(std::vector<Result<Receipt>> const& receipts) {
    for (auto const& receipt : receipts) {
        if (!receipt) throw std::runtime_error(receipt.error().message());
    }
}

void dispatch_all(Client& client, std::vector<std::string> const& agents, std::int64_t tasks,
                  ScenarioOptions const& options) {
    Windows windows(tasks, agents.size(), window_of(options));
    std::mutex mutex;
    std::exception_ptr thrown;
    auto const produce = [&] {
        try {
            while (true) {
                auto const [agent, count] = windows.next();
                if (count == 0) return;
                std::vector<NewTask> window;
                window.reserve(static_cast<std::size_t>(count));
                for (std::int64_t i = 0; i < count; ++i)
                    window.push_back({stamped_payload(options.payload_bytes), {}});
                require(client.dispatch_many(agents[agent], std::move(window)));
            }
        } catch (...) {
            std::lock_guard const lock(mutex);
            thrown = std::current_exception();
        }
    };
    std::vector<std::thread> producers;
    // One alone where the size of the calls matters: those of several threads are joined.
    for (int i = 0; i < (options.batch > 0 ? 1 : kProducers); ++i)
        producers.emplace_back(produce);
    for (auto& producer : producers)
        producer.join();
    if (thrown) std::rethrow_exception(thrown);
}

Ends::Ends(ServerProbe& probe, ScenarioOptions const& options, std::vector<std::string> agents)
    : probe_(probe), prefix_(options.connection.prefix), agents_(std::move(agents)) {
    for (auto const& agent : agents_)
        before_.push_back(probe_.stat(prefix_, agent, "succeeded"));
}

void Ends::wait(std::int64_t tasks) {
    for (std::size_t i = 0; i < agents_.size(); ++i) {
        auto const expected = before_[i] + share_of(tasks, i, agents_.size());
        if (!probe_.wait_for_stat(prefix_, agents_[i], "succeeded", expected, kDrainTimeout))
            throw std::runtime_error("not every task had its outcome within 10 minutes");
    }
}

std::int64_t share_of(std::int64_t tasks, std::size_t agent, std::size_t agents) {
    auto const count = static_cast<std::int64_t>(agents);
    return tasks / count + (static_cast<std::int64_t>(agent) < tasks % count ? 1 : 0);
}

void tell(ScenarioOptions const& options, std::string const& line) {
    if (options.on_progress) options.on_progress(line);
}

std::string with_commas(std::int64_t number) {
    auto text = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
        text.insert(static_cast<std::size_t>(at), ",");
    return text;
}

}  // namespace leat::cli::bench
