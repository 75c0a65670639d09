#pragma once
// For tests: a worker whose long times are short.
#include <memory>
#include <utility>

#include "leat/worker.hpp"
#include "runtime/limits.hpp"
#include "runtime/worker_impl.hpp"

namespace leat::runtime {

class PacedWorker {
  public:
    // Before anything else is done with `worker`.
    static void set(Worker& worker, WorkerOptions options, Pace pace) {
        worker.impl_ = std::make_unique<Worker::Impl>(std::move(options), pace);
    }
};

}  // namespace leat::runtime
