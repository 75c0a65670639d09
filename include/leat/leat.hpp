#pragma once
// Everything public, for those who like one include.
#include "leat/client.hpp"
#include "leat/error.hpp"
#include "leat/event.hpp"
#include "leat/exec.hpp"
#include "leat/handler.hpp"
#include "leat/json.hpp"
#include "leat/options.hpp"
#include "leat/span.hpp"
#include "leat/task.hpp"
#include "leat/version.hpp"
#include "leat/worker.hpp"
