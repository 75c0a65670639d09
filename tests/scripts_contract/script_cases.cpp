#include "scripts_contract/script_cases.hpp"

#include <stdexcept>

namespace leat::scripts_contract {
namespace {

std::string const kOwn = "leat:{sentiment}:";

std::string lane_key(std::string const& lane) {
    return kOwn + "ready:" + lane;
}

// --- what is there before ------------------------------------------------------------------------------------------

Words message(std::string const& lane, std::string const& entry, std::string const& id, Words const& more = {}) {
    Words command{"XADD",       lane_key(lane), entry,     "v",           "1",        "task_id", id,
                  "agent_type", "sentiment",    "payload", "{}",          "priority", "0",       "created_at",
                  "7",          "retry_count",  "0",       "max_retries", "3"};
    command.insert(command.end(), more.begin(), more.end());
    return command;
}
Words record(std::string const& id, std::string const& text) {
    return {"SET", kOwn + "task:" + id, text};
}
Words ready_record(std::string const& id, std::string const& at) {
    return record(id, R"({"state":"ready","at":")" + at + R"("})");
}
Words cancel_wished(std::string const& id, std::string const& at) {
    return record(id, R"({"state":"ready","at":")" + at + R"(","cancel":1})");
}
Words ended_record(std::string const& id, std::string const& text) {
    return {"SET", kOwn + "task:" + id, text, "EX", "99"};
}
Words parked_record(std::string const& id, std::string const& due) {
    return record(id, R"({"state":"scheduled","due":)" + due + R"(,"message":{"v":"1","task_id":")" + id +
                          R"(","agent_type":"sentiment","payload":"{}","priority":"1","created_at":"7",)" +
                          R"("retry_count":"0","max_retries":"3"}})");
}
Words due(std::string const& id, std::string const& at) {
    return {"ZADD", kOwn + "scheduled", at, id};
}
Words group(std::string const& lane) {
    return {"XGROUP", "CREATE", lane_key(lane), "workers", "0", "MKSTREAM"};
}
Words read(std::string const& lane, std::string const& consumer) {
    return {"XREADGROUP", "GROUP", "workers", consumer, "STREAMS", lane_key(lane), ">"};
}
// After read(): held for an hour.
Words held(std::string const& lane, std::string const& entry, std::string const& consumer,
           std::string const& count = "1") {
    return {"XCLAIM", lane_key(lane), "workers",    consumer, "0",     entry,
            "IDLE",   "3600000",      "RETRYCOUNT", count,    "JUSTID"};
}
Words letter(std::string const& entry, std::string const& id, Words const& more = {}) {
    Words command{"XADD",
                  kOwn + "dead",
                  entry,
                  "task_id",
                  id,
                  "original_payload",
                  "{}",
                  "error",
                  "it broke",
                  "failed_at",
                  "2000-01-01T00:00:00Z",
                  "agent_type",
                  "sentiment",
                  "reason",
                  "failed",
                  "attempts",
                  "2",
                  "crashes",
                  "0",
                  "priority",
                  "1",
                  "max_retries",
                  "3",
                  "created_at",
                  "7"};
    command.insert(command.end(), more.begin(), more.end());
    return command;
}
Words result(std::string const& entry, std::string const& id, std::string const& status) {
    return {"XADD", kOwn + "results", entry, "task_id", id,           "status",
            status, "processed_by",   "w1",  "run",     "1 7 8 1-1/1"};
}

using Commands = std::vector<Words>;

Commands operator+(Commands left, Commands const& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

// t1 waits in lane normal.
Commands waiting() {
    return {group("normal"), message("normal", "1-1", "t1"), ready_record("t1", "n/1-1")};
}
// w1 has held t1 for an hour.
Commands running(std::string const& count = "1") {
    return waiting() + Commands{read("normal", "w1"), held("normal", "1-1", "w1", count)};
}
Commands given_back() {
    return running() + Commands{held("normal", "1-1", "released", "0")};
}
Commands parked(std::string const& when) {
    return {parked_record("t1", when), due("t1", when)};
}
Commands died() {
    return {letter("5-1", "t1"), result("5-2", "t1", "dead"),
            ended_record("t1", R"({"state":"dead","at":"5-1","result":"5-2"})")};
}
Commands ended(std::string const& state) {
    return {result("5-2", "t1", state), ended_record("t1", R"({"state":")" + state + R"(","at":"5-2"})")};
}
std::string const kFar = "99999999999999";

// --- the scripts ----------------------------------------------------------------------------------------------------

std::vector<Case> dispatch_cases() {
    std::vector<Case> cases{
        {"a new task", {}, {}, {{}}},
        {"a batch with a delay and the same id twice",
         {},
         {},
         {{{"task_id", "t1"}, {"options", "high 1 0 3  "}},
          {{"task_id", "t2"}, {"options", "normal 0 60000 5 77 00-1-2-03"}},
          {{"task_id", "t1"}}}},
        {"beyond the limit", waiting(), {{"max_waiting", "1"}}, {{{"task_id", "t2"}}}},
        {"the control hash overrules the limit",
         {{"HSET", kOwn + "control", "max_waiting", "0"}},
         {{"max_waiting", "9"}},
         {{}}},
        {"the control hash has the retries of those that name none",
         {{"HSET", kOwn + "control", "max_retries", "7"}},
         {},
         {{{"task_id", "t1"}},
          {{"task_id", "t2"}, {"options", "high 1 0   "}},
          {{"task_id", "t3"}, {"options", "low -1 0 2  "}}}},
        {"retries that cannot be read", {{"HSET", kOwn + "control", "max_retries", "many"}}, {}, {{}}},
        {"a record that is none", {record("t1", "nonsense")}, {}, {{}}},
        {"a task that waits", waiting(), {}, {{}}},
        {"a task that is scheduled", parked(kFar), {}, {{}}},
    };
    for (auto const* const state : {"succeeded", "dead", "cancelled", "expired"})
        cases.push_back({std::string("a task that is ") + state, ended(state), {}, {{}}});
    return cases;
}

// w1 holds a message with more fields than a script can write again.
Commands running_huge() {
    Words many;
    for (int i = 0; i < 100; ++i) {
        many.push_back("f" + std::to_string(i));
        many.push_back("");
    }
    return {group("normal"), message("normal", "1-1", "t1", many), ready_record("t1", "n/1-1"), read("normal", "w1"),
            held("normal", "1-1", "w1")};
}

std::vector<Case> settle_cases() {
    return {
        {"a success", running(), {{"increments", "run:le_250 1 "}, {"sums", "run:sum_ms 250 "}}, {{{"text", "42"}}}},
        {"a success of a later attempt", running("2"), {}, {{{"ruling", "2 3 success"}}}},
        {"a retry at once", running(), {}, {{{"ruling", "1 1 retry 0 0 1 "}}}},
        {"a retry later", running(), {}, {{{"ruling", "1 1 retry 60000 1 1 "}}}},
        {"a death", running(), {}, {{{"ruling", "1 1 dead 0 0 0 failed"}, {"payload", "{}"}}}},
        {"a death whose message is gone",
         running() + Commands{{"XDEL", lane_key("normal"), "1-1"}},
         {},
         {{{"ruling", "1 1 dead 0 0 0 failed"}, {"payload", "{}"}}}},
        {"a retry whose message is gone",
         running() + Commands{{"XDEL", lane_key("normal"), "1-1"}},
         {},
         {{{"ruling", "1 1 retry 0 0 1 "}}}},
        {"a retry of a message with too many fields", running_huge(), {}, {{{"ruling", "1 1 retry 0 0 1 "}}}},
        {"a cancellation", running(), {}, {{{"ruling", "1 1 cancelled 0 0 0 "}}}},
        {"an expiry", running(), {}, {{{"ruling", "1 1 expired 0 0 0 "}}}},
        {"a retry that somebody asked to cancel",
         running() + Commands{cancel_wished("t1", "n/1-1")},
         {},
         {{{"ruling", "1 1 retry 0 0 1 "}}}},
        {"another's delivery", running(), {{"consumer", "w2"}}, {{}}},
        {"another count", running("2"), {}, {{}}},
        {"recorded by an earlier send", ended("succeeded"), {}, {{}}},
    };
}

std::vector<Case> lease_cases_of_renew() {
    return {
        {"a lease", running(), {}, {{}}},
        {"a wish to cancel", running() + Commands{cancel_wished("t1", "n/1-1")}, {}, {{}}},
        {"another's delivery", running(), {{"consumer", "w2"}}, {{}}},
        {"a message that is gone", running() + Commands{{"XDEL", lane_key("normal"), "1-1"}}, {}, {{}}},
        {"a lane without group", waiting() + Commands{{"XGROUP", "DESTROY", lane_key("normal"), "workers"}}, {}, {{}}},
    };
}

std::vector<Case> cancel_cases() {
    return {
        {"a task that waits", waiting(), {}, {}},
        {"a task that was given back", given_back(), {}, {}},
        {"a scheduled task", parked(kFar), {}, {}},
        {"the agent's policy",
         waiting() + Commands{{"HSET", kOwn + "control", "retention_s", "60", "results_kept", "0"}},
         {},
         {}},
        {"a policy that cannot be read",
         waiting() + Commands{{"HSET", kOwn + "control", "retention_s", "0", "results_kept", "-1"}},
         {},
         {}},
        {"a running task", running(), {}, {}},
        {"a task that has ended", ended("succeeded"), {}, {}},
        {"no task", {}, {}, {}},
        {"a record that is none", {record("t1", "nonsense")}, {}, {}},
    };
}

std::vector<Case> reprioritise_cases() {
    return {
        {"a task that waits", waiting(), {{"priority", "2"}}, {}},
        {"a task that was given back", given_back(), {{"priority", "2"}}, {}},
        {"a scheduled task", parked(kFar), {{"priority", "2"}}, {}},
        {"the same lane", waiting(), {{"priority", "0"}}, {}},
        {"a running task", running(), {{"priority", "2"}}, {}},
        {"a task that has ended", ended("succeeded"), {{"priority", "2"}}, {}},
        {"no task", {}, {{"priority", "2"}}, {}},
        {"a record that is none", {record("t1", "nonsense")}, {{"priority", "2"}}, {}},
    };
}

std::vector<Case> audit_cases() {
    auto const stranded = waiting() + Commands{{"XGROUP", "SETID", lane_key("normal"), "workers", "1-1"}};
    return {
        {"nothing is wrong", waiting(), {}, {{{"seen_at", "n/1-1"}}}},
        {"the same task twice in a call", waiting(), {}, {{}, {}}},
        {"neither record nor message", {}, {}, {{}}},
        {"a held delivery without message", running() + Commands{{"XDEL", lane_key("normal"), "1-1"}}, {}, {{}}},
        {"a message that is missing", {ready_record("t1", "n/1-1")}, {}, {{}}},
        {"a message that is still missing", {ready_record("t1", "n/1-1")}, {}, {{{"missing_at", "n/1-1"}}}},
        {"a record that is none", {record("t1", "nonsense")}, {}, {{}}},
        {"a message without record", {message("normal", "1-1", "t1")}, {}, {{{"seen_at", "n/1-1"}}}},
        {"a record that names another place",
         {message("normal", "2-1", "t1"), ready_record("t1", "h/1-1")},
         {},
         {{{"seen_at", "n/2-1"}}}},
        {"a second message", waiting() + Commands{message("normal", "2-1", "t1")}, {}, {{{"seen_at", "n/2-1"}}}},
        {"a message that nobody would get", stranded, {}, {{}}},
        {"the same, looked at only", stranded, {{"mode", "look"}}, {{}}},
        {"an end for ever",
         {result("5-2", "t1", "success"), record("t1", R"({"state":"succeeded","at":"5-2"})")},
         {},
         {{}}},
        {"a live record that expires", waiting() + Commands{{"EXPIRE", kOwn + "task:t1", "99"}}, {}, {{}}},
        {"a parked task that nobody wakes", {parked_record("t1", kFar)}, {}, {{}}},
        {"an id without task", {due("t1", kFar)}, {}, {{}}},
        {"a parked task without message", {record("t1", R"({"state":"scheduled","due":9,"message":{}})")}, {}, {{}}},
        {"how many there are",
         waiting() + Commands{{"HSET", kOwn + "stats", "dispatched", "3", "succeeded", "2"}},
         {},
         {}},
        {"the agent's policy",
         Commands{record("t1", R"({"state":"scheduled","due":9,"message":{}})"),
                  {"HSET", kOwn + "control", "retention_s", "60", "results_kept", "0", "dead_kept", "0"}},
         {},
         {{}}},
    };
}

std::vector<Case> balance_cases() {
    auto const forged = waiting() + Commands{{"HSET", kOwn + "stats", "dispatched", "3"}};
    return {
        {"counters that say more", forged, {{"drift", "-2"}}, {}},
        {"counters that say less", waiting(), {{"drift", "1"}}, {}},
        {"another difference by now", forged, {{"drift", "-1"}}, {}},
        {"no difference", waiting() + Commands{{"HSET", kOwn + "stats", "dispatched", "1"}}, {{"drift", "0"}}, {}},
        {"a counter that is none",
         waiting() + Commands{{"HSET", kOwn + "stats", "unaccounted", "many"}},
         {{"drift", "1"}},
         {}},
    };
}

std::vector<Case> restore_cases() {
    auto const deleted = running() + Commands{{"XDEL", lane_key("normal"), "1-1"}};
    std::vector<Values> const fields{{{"name", "task_id"}, {"value", "t1"}}, {{"name", "payload"}, {"value", "{}"}}};
    return {
        {"a deleted message", deleted, {}, fields},
        {"a deleted message, later", deleted, {{"delay_ms", "60000"}}, fields},
        {"a wish to cancel is kept", deleted + Commands{cancel_wished("t1", "n/1-1")}, {{"delay_ms", "60000"}}, fields},
        {"a message that is there", running(), {}, fields},
        {"a task that went on", deleted + Commands{ready_record("t1", "n/2-1")}, {}, fields},
    };
}

std::map<std::string, std::vector<Case>> make_cases() {
    std::map<std::string, std::vector<Case>> cases;
    cases["audit"] = audit_cases();
    cases["balance"] = balance_cases();
    cases["beat"] = {{"a beat", {}, {}, {}}};
    cases["cancel"] = cancel_cases();
    cases["dispatch"] = dispatch_cases();
    cases["front_leave"] = {
        {"nothing is held",
         {{"XGROUP", "CREATE", "tasks", "leat", "0", "MKSTREAM"}, {"XGROUP", "CREATECONSUMER", "tasks", "leat", "w1"}},
         {},
         {}},
        {"an entry is held",
         {{"XGROUP", "CREATE", "tasks", "leat", "0", "MKSTREAM"},
          {"XADD", "tasks", "1-1", "a", "b"},
          {"XREADGROUP", "GROUP", "leat", "w1", "STREAMS", "tasks", ">"}},
         {},
         {}},
        {"no front door", {}, {}, {}},
    };
    cases["epoch"] = {
        {"a new epoch", {}, {}, {}},
        {"an epoch that goes on", {{"HSET", "leat:epoch", "id", "old", "beats", "7"}}, {}, {}},
    };
    cases["gauge"] = {
        {"two that run, one given back, one that waits, one for later",
         waiting() + Commands{message("normal", "1-2", "t2"), message("normal", "1-3", "t3"), read("normal", "w1"),
                              held("normal", "1-3", "released", "0"), message("normal", "1-4", "t4"), due("t5", kFar)},
         {},
         {}},
        {"nothing, in a minute that has begun",
         {{"HSET", kOwn + "stats:29000000", "succeeded", "3", "gauge:ready", "9"},
          {"EXPIRE", kOwn + "stats:29000000", "500"}},
         {},
         {}},
    };
    cases["inherit"] = {
        {"a worker that is gone", running(), {{"consumer", "w2"}}, {}},
        {"a worker that holds nothing", running(), {{"consumer", "w2"}, {"owner", "w3"}}, {}},
        {"a message that is gone", running() + Commands{{"XDEL", lane_key("normal"), "1-1"}}, {{"consumer", "w2"}}, {}},
        {"no group", {message("normal", "1-1", "t1")}, {{"consumer", "w2"}}, {}},
    };
    cases["mend"] = {
        {"no groups", {message("normal", "1-1", "t1")}, {}, {}},
        {"a group ahead of its stream",
         waiting() + Commands{group("critical"),
                              group("high"),
                              group("low"),
                              {"XGROUP", "SETID", lane_key("normal"), "workers", "99999999999999-0"}},
         {},
         {}},
    };
    cases["promote"] = {
        {"what is due", parked("9") + Commands{parked_record("t2", kFar), due("t2", kFar)}, {}, {}},
        {"due tasks", parked("9"), {}, {{}, {{"task_id", "t2"}}}},
        {"a task that is not due", parked(kFar), {}, {{}}},
        {"what is due is not asked for", parked("9"), {{"most", "0"}}, {{}}},
        {"an id without task", {due("t1", "9")}, {}, {{}}},
    };
    cases["prune_consumer"] = {
        {"nothing is held",
         {group("normal"), {"XGROUP", "CREATECONSUMER", lane_key("normal"), "workers", "w1"}},
         {},
         {}},
        {"a delivery is held", running(), {}, {}},
        {"no lanes", {}, {}, {}},
    };
    cases["reclaim"] = {
        {"a lapsed lease", running(), {{"consumer", "w2"}}, {}},
        {"given back", given_back(), {{"consumer", "w2"}}, {}},
        {"nothing lapsed", running(), {{"consumer", "w2"}, {"min_idle_ms", "99999999"}}, {}},
        {"a message that is gone", running() + Commands{{"XDEL", lane_key("normal"), "1-1"}}, {{"consumer", "w2"}}, {}},
        {"no group", {message("normal", "1-1", "t1")}, {{"consumer", "w2"}}, {}},
        {"a clock that is off", running(), {{"consumer", "w2"}, {"expected_ms", kFar}}, {}},
    };
    cases["register"] = {
        {"a new agent", {}, {}, {}},
        {"another lease", {{"HSET", kOwn + "control", "v", "1", "lease_ms", "1000", "paused", "1"}}, {}, {}},
        {"data of a newer format", {{"HSET", kOwn + "control", "v", "2"}}, {}, {}},
    };
    cases["release"] = {
        {"a delivery", running("3"), {}, {{{"count", "3"}}}},
        {"another's delivery", running(), {{"consumer", "w2"}}, {{}}},
    };
    cases["remove"] = {
        {"adopted", running(), {{"kind", "adopted"}}, {}},
        {"quarantined", running(), {{"kind", "quarantined"}, {"reason", "it is no message"}}, {}},
        {"another's delivery", running(), {{"kind", "adopted"}, {"consumer", "w2"}}, {}},
    };
    cases["restore"] = restore_cases();
    cases["renew"] = lease_cases_of_renew();
    cases["replay"] = {
        {"a dead task", died(), {}, {{{"entry_id", "5-1"}}}},
        {"a dead task with another payload", died(), {}, {{{"entry_id", "5-1"}, {"edited", "{}"}}}},
        {"a dead task that is forgotten", {letter("5-1", "t1", {"timeout_ms", "77"})}, {}, {{{"entry_id", "5-1"}}}},
        {"a task that went on", Commands{letter("5-1", "t1")} + waiting(), {}, {{{"entry_id", "5-1"}}}},
        {"no letter", {}, {}, {{{"entry_id", "5-1"}}}},
    };
    cases["reprioritise"] = reprioritise_cases();
    cases["settle"] = settle_cases();
    cases["survey"] = {
        {"a lane", waiting() + Commands{{"XADD", lane_key("normal"), "2-1", "task_id", "foreign"}}, {}, {}},
        {"a slice", waiting() + Commands{message("normal", "2-1", "t2")}, {{"limit", "1"}}, {}},
        {"no lane", {}, {}, {}},
    };
    cases["task"] = {
        {"a task that waits", waiting(), {}, {}},
        {"a task that was given back", given_back(), {}, {}},
        {"a scheduled task", parked(kFar), {}, {}},
        {"a dead task", died(), {}, {}},
        {"no task", {}, {}, {}},
        {"a record that is none", {record("t1", "nonsense")}, {}, {}},
    };
    return cases;
}

}  // namespace

std::map<std::string, std::vector<Case>> const& script_cases() {
    static auto const kCases = make_cases();
    return kCases;
}

std::string const& usual_value(std::string const& name) {
    static Values const kValues{
        {"after", "0-0"},        {"agent", "sentiment"},   {"agents", "[]"},       {"beats", "3"},
        {"consumer", "w1"},      {"control_channel", "c"}, {"count", "1"},         {"run", "1 7 8 1-1/1"},
        {"cursor", "0-0"},       {"dead", "letters"},      {"delay_ms", "0"},      {"dead_kept", "100"},
        {"done_channel", "d"},   {"draining", "0"},        {"edited", ""},         {"entry_id", "1-1"},
        {"events", "{}"},        {"expected_ms", "0"},     {"format", "1"},        {"fresh", "new"},
        {"host", "here"},        {"id_start", "23"},       {"increments", ""},     {"sums", ""},
        {"kind", "adopted"},     {"lane", "normal"},       {"lanes", "normal 1 "}, {"lease_ms", "30000"},
        {"limit", "100"},        {"max_retries", ""},      {"max_waiting", ""},    {"min_idle_ms", "60000"},
        {"missing_at", ""},      {"mode", "repair"},       {"most", "200"},        {"name", "worker"},
        {"options", ""},         {"owner", "w1"},          {"payload", ""},        {"pid", "1"},
        {"seen_at", ""},         {"priority", "0"},        {"reason", ""},         {"results", "archive"},
        {"results_kept", "100"}, {"retention_s", "86400"}, {"rss_bytes", "1024"},  {"ruling", ""},
        {"started_at", "8"},     {"task_id", "t1"},        {"text", "the text"},   {"tolerance_ms", "5000"},
        {"ttl_ms", "20000"},     {"value", "a value"},     {"version", "0.1.0"},
    };
    auto const found = kValues.find(name);
    if (found == kValues.end()) throw std::runtime_error("give the argument " + name + " a usual value");
    return found->second;
}

std::string key_named(std::string const& name, std::string const& task_id) {
    if (name == "ready") return lane_key("normal");
    if (name.starts_with("ready.")) return lane_key(name.substr(6));
    if (name == "record" || name == "records") return kOwn + "task:" + task_id;
    if (name == "minute_stats") return kOwn + "stats:29000000";
    if (name == "worker") return "leat:worker:w1";
    if (name == "front") return "tasks";
    if (name == "epoch") return "leat:epoch";
    for (auto const* const known : {"scheduled", "results", "dead", "stats", "control"}) {
        if (name == known) return kOwn + name;
    }
    throw std::runtime_error("say which key " + name + " is");
}

}  // namespace leat::scripts_contract
