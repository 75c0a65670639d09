#include "client/dispatcher.hpp"

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

#include "core/json_depth.hpp"
#include "tasks/trace_context.hpp"

namespace leat::client {

using boost::asio::awaitable;

Result<store::DispatchItem> check_task(ClientOptions const& client, core::IdGenerator& ids, std::string_view agent,
                                       NewTask& task) {
    auto& options = task.options;
    if (auto const name = check_name("agent name", agent); !name) return std::unexpected(name.error());
    if (options.id.empty()) options.id = ids.next(core::machine_clock().wall_ms());
    if (auto const id = check_name("task id", options.id); !id) return std::unexpected(id.error());
    if (task.payload_text.size() > client.payload_bytes_max) {
        return fail(ErrorCode::too_large, "dispatch",
                    "the payload has " + std::to_string(task.payload_text.size()) + " bytes; the limit is " +
                        std::to_string(client.payload_bytes_max) + ". Store it elsewhere and dispatch a reference");
    }
    if (auto const problem = core::json_problem(task.payload_text); !problem.empty())
        return fail(ErrorCode::invalid_input, "dispatch", "the payload " + problem);
    if (options.delay < Milliseconds(0) || options.delay > Limits::delay_max) {
        return fail(ErrorCode::invalid_input, "dispatch", "the delay must be 0 to 366 days");
    }
    if (options.max_retries && (*options.max_retries < 0 || *options.max_retries > Limits::max_retries_max)) {
        return fail(ErrorCode::invalid_input, "dispatch", "max_retries must be 0 to 1,000");
    }
    if (options.timeout && *options.timeout <= Milliseconds(0)) {
        return fail(ErrorCode::invalid_input, "dispatch", "the timeout must be above 0");
    }
    auto traceparent = tasks::checked_traceparent("dispatch", std::move(options.traceparent));
    if (!traceparent) return std::unexpected(std::move(traceparent.error()));
    store::DispatchItem item;
    item.id = std::move(options.id);
    item.lane = lane_of_priority(options.priority);
    item.priority = options.priority;
    item.delay_ms = options.delay.count();
    item.max_retries = options.max_retries ? options.max_retries : client.max_retries;
    if (options.timeout) item.timeout_ms = options.timeout->count();
    item.traceparent = std::move(*traceparent);
    item.payload = std::move(task.payload_text);
    return item;
}

Dispatcher::Dispatcher(redis::Connection& connection, ClientOptions options, core::Clock const& clock)
    : connection_(connection),
      options_(std::move(options)),
      clock_(clock),
      space_(options_.prefix),
      ids_(core::Random::from_entropy()),
      random_(core::Random::from_entropy()),
      context_{connection_, space_, clock_, random_, options_.max_waiting, options_.durability_timeout},
      pumps_(connection.executor()) {}

DispatchQueue& Dispatcher::queue_of(std::string const& agent) {
    if (auto const found = queues_.find(agent); found != queues_.end()) return found->second;
    return queues_.try_emplace(agent, context_, agent, Durability::memory()).first->second;
}

awaitable<Dispatcher::Receipts> Dispatcher::dispatch(std::string agent, std::vector<NewTask> tasks) {
    auto job = std::make_shared<DispatchJob>();
    job->deadline = clock_.now() + options_.connect_timeout;
    job->receipts.assign(tasks.size(), Receipt{});
    std::vector<std::pair<std::size_t, store::DispatchItem>> items;
    items.reserve(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        auto item = check_task(options_, ids_, agent, tasks[i]);
        if (item) {
            items.emplace_back(i, std::move(*item));
        } else {
            job->receipts[i] = std::unexpected(std::move(item.error()));
        }
    }
    if (items.empty()) co_return std::move(job->receipts);
    job->open = items.size();
    auto& queue = queue_of(agent);
    for (auto& [index, item] : items)
        queue.add(job, index, std::move(item));
    if (filled_.empty()) pumps_.spawn(pump_all());
    if (std::ranges::find(filled_, &queue) == filled_.end()) filled_.push_back(&queue);
    co_return co_await boost::asio::async_initiate<boost::asio::use_awaitable_t<> const, void(Receipts)>(
        [](auto handler, std::shared_ptr<DispatchJob> waiting) {
            // On this very thread: the one who waits goes on at once.
            waiting->done = [handler = std::move(handler)](Receipts receipts) mutable {
                std::move(handler)(std::move(receipts));
            };
        },
        boost::asio::use_awaitable, std::move(job));
}

awaitable<void> Dispatcher::pump_all() {
    // Behind whatever else this turn of the loop has read.
    co_await boost::asio::post(connection_.executor(), boost::asio::use_awaitable);
    auto const filled = std::exchange(filled_, {});
    for (auto* const queue : filled)
        queue->pump();
}

awaitable<void> Dispatcher::join() {
    co_await pumps_.join();
    for (auto& [agent, queue] : queues_)
        co_await queue.join();
}

}  // namespace leat::client
