// The description of the API against the server: every operation and status in it is seen, every answer has its shape,
// and nothing is answered that it does not tell.
#include <fstream>
#include <set>

#include "http/http_fixture.hpp"
#include "http/routes.hpp"

namespace leat::http {
namespace {

json load_description() {
    std::ifstream file(std::string(LEAT_SOURCE_DIR) + "/docs/openapi.json");
    return json::parse(file);
}

// As much of JSON Schema as the description uses.
class SchemaChecker {
  public:
    explicit SchemaChecker(json const& description) : description_(description) {}

    // What is wrong with the value; empty where it fits.
    std::string check(json const& schema, json const& value, std::string const& place = "$") const {
        if (schema.contains("$ref")) return check(resolve(schema["$ref"]), value, place);
        if (schema.contains("anyOf")) {
            for (auto const& choice : schema["anyOf"])
                if (check(choice, value, place).empty()) return {};
            return place + ": fits none of the choices";
        }
        if (schema.contains("type") && !has_type(schema["type"], value))
            return place + ": has another type: " + value.dump();
        if (schema.contains("enum") && !value.is_null() &&
            std::ranges::find(schema["enum"], value) == schema["enum"].end())
            return place + ": is none of the listed values: " + value.dump();
        if (value.is_array() && schema.contains("items")) return check_items(schema["items"], value, place);
        if (value.is_object()) return check_members(schema, value, place);
        return {};
    }

  private:
    json const& resolve(std::string const& reference) const {
        return description_.at(json::json_pointer(reference.substr(1)));
    }
    static bool has_type(json const& type, json const& value) {
        if (type.is_array()) return std::ranges::any_of(type, [&](json const& one) { return has_type(one, value); });
        auto const name = type.get<std::string>();
        if (name == "integer") return value.is_number_integer();
        if (name == "number") return value.is_number();
        return name == value.type_name();
    }
    std::string check_items(json const& items, json const& value, std::string const& place) const {
        for (std::size_t i = 0; i < value.size(); ++i)
            if (auto wrong = check(items, value[i], place + "[" + std::to_string(i) + "]"); !wrong.empty())
                return wrong;
        return {};
    }
    std::string check_members(json const& schema, json const& value, std::string const& place) const {
        for (auto const& name : schema.value("required", json::array()))
            if (!value.contains(name.get<std::string>())) return place + ": misses " + name.dump();
        auto const properties = schema.value("properties", json::object());
        auto const others = schema.value("additionalProperties", json(true));
        for (auto const& [name, member] : value.items()) {
            auto const& known = properties.contains(name) ? properties[name] : others;
            if (known == false) return place + ": has an unknown member " + name;
            if (known.is_object())
                if (auto wrong = check(known, member, place + "." + name); !wrong.empty()) return wrong;
        }
        return {};
    }

    json const& description_;
};

struct Call {
    std::string body{};
    testing::Fields fields{};
};

class OpenApiTest : public testing::HttpFixture {
  protected:
    json const description_ = load_description();
    SchemaChecker const checker_{description_};
    std::set<std::string> seen_;  // "operationId status"

    void SetUp() override {
        options.access.operator_token = kOperatorToken;
        options.access.viewer_token = kViewerToken;
        options.api.client.payload_bytes_max = 4'096;
        options.api.alerts.rules.hold = std::chrono::milliseconds(0);
        options.api.agents["full"] = {.max_retries = std::nullopt, .max_waiting = 0};
        start_server();
    }

    struct Operation {
        std::string path, verb;
        json const* object = nullptr;
        [[nodiscard]] std::string id() const { return object->at("operationId"); }
    };
    Operation operation(std::string const& id) const {
        for (auto const& [path, verbs] : description_["paths"].items())
            for (auto const& [verb, object] : verbs.items())
                if (object["operationId"] == id) return {path, verb, &object};
        ADD_FAILURE() << "no operation " << id;
        return {};
    }
    std::vector<Operation> operations() const {
        std::vector<Operation> all;
        for (auto const& [path, verbs] : description_["paths"].items())
            for (auto const& [verb, object] : verbs.items())
                all.push_back({path, verb, &object});
        return all;
    }
    static std::string filled(std::string path, std::string const& id = "t1") {
        auto const fill = [&path](std::string const& name, std::string const& value) {
            if (auto const at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
        };
        fill("{agent}", "sentiment");
        fill("{id}", id);
        fill("{letter}", id);
        return path;
    }

    // Calls an operation; the answer must be one that the description tells.
    testing::Reply call(Operation const& operation, std::string const& target, Call call) {
        call.fields.try_emplace("Authorization", std::string("Bearer ") + kOperatorToken);
        auto verb = operation.verb;
        std::ranges::transform(verb, verb.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        auto const reply = ask_http(verb, target, call.body, call.fields);
        auto const status = std::to_string(reply.status);
        auto const& responses = operation.object->at("responses");
        if (!responses.contains(status)) {
            ADD_FAILURE() << operation.id() << " answered " << status << ": " << reply.body;
            return reply;
        }
        seen_.insert(operation.id() + " " + status);
        check_shape(operation.id() + " " + status, responses[status], reply);
        return reply;
    }
    testing::Reply call(std::string const& id, unsigned status, std::string const& target, Call request = {}) {
        auto reply = call(operation(id), target, std::move(request));
        EXPECT_EQ(reply.status, status) << id << ": " << reply.body;
        return reply;
    }
    void check_shape(std::string const& what, json const& response, testing::Reply const& reply) {
        auto const type = reply.field("content-type").substr(0, reply.field("content-type").find(';'));
        if (!response.contains("content")) {
            EXPECT_EQ(reply.body, "") << what;
        } else if (!response["content"].contains(type)) {
            ADD_FAILURE() << what << " came as " << type;
        } else if (type.ends_with("json")) {
            EXPECT_EQ(checker_.check(response["content"][type]["schema"], reply.value()), "")
                << what << ": " << reply.body;
        }
    }

    // A valid body where the operation has one.
    static std::string body_of(Operation const& operation) {
        if (!operation.object->contains("requestBody")) return {};
        return operation.id() == "dispatchTask" ? R"({"agent":"sentiment","payload":1})" : "{}";
    }
    static bool tells(Operation const& operation, char const* status) {
        return operation.object->at("responses").contains(status);
    }

    void expect_refusal(Operation const& operation, unsigned status, std::string const& target, Call request) {
        if (!tells(operation, std::to_string(status).c_str())) return;
        EXPECT_EQ(call(operation, target, std::move(request)).status, status) << operation.id();
    }
    void refusals_of(Operation const& operation) {
        auto const target = filled(operation.path);
        auto const body = body_of(operation);
        auto const absent = testing::TestClient::kAbsent;
        expect_refusal(operation, 400, target + "?no_such_parameter=1", {.body = body});
        if (operation.id() != "openSession")
            expect_refusal(operation, 401, target, {.body = body, .fields = {{"Authorization", absent}}});
        if (operation.verb != "get")
            expect_refusal(operation, 403, target, {.body = body, .fields = {{"X-Leat-Request", absent}}});
        expect_refusal(operation, 413, target,
                       {.fields = {{"Content-Length", "99999999"}, {"Content-Type", "application/json"}}});
        expect_refusal(operation, 415, target, {.body = "x", .fields = {{"Content-Type", "text/plain"}}});
        expect_refusal(operation, 421, target, {.body = body, .fields = {{"Host", "evil.example"}}});
    }

    void successes() {
        auto const viewer = std::string("Bearer ") + kViewerToken;
        // Nobody serves the agent, and its tasks wait: the shapes of alerts are looked at, too.
        EXPECT_FALSE(call("getOverview", 200, "/v1/overview").value()["alerts"].empty());
        EXPECT_EQ(call("getAlerts", 200, "/v1/alerts").value()["alerts"][0]["alert"], "no_worker");
        for (auto const* const plain :
             {"getHealth",      "getReadiness", "getMetrics",  "getOpenApi", "getSession",  "getOverview",
              "followOverview", "getAlerts",    "getRedis",    "getDoctor",  "listWorkers", "listPending",
              "listAgents",     "getAgent",     "listResults", "listDead",   "groupDead",   "listReplays",
              "getTask",        "getTaskLog",   "followTask",  "pauseAgent", "resumeAgent"})
            call(plain, 200, filled(operation(plain).path));
        call("getOpenApi", 304, "/v1/openapi.json", {.fields = {{"If-None-Match", "*"}}});
        call("openSession", 200, "/v1/session", {.body = json{{"token", kViewerToken}}.dump()});
        call("openSession", 401, "/v1/session", {.body = R"({"token":"no"})"});
        call("closeSession", 204, "/v1/session");
        call("getStats", 200, "/v1/stats?minutes=3");
        call("getAgentStats", 200, "/v1/agents/sentiment/stats?minutes=3&step=3");
        call("dispatchTask", 201, "/v1/tasks", {.body = R"({"agent":"sentiment","id":"n","payload":1})"});
        call("dispatchTask", 200, "/v1/tasks", {.body = R"({"agent":"sentiment","id":"n","payload":1})"});
        call("dispatchTask", 429, "/v1/tasks", {.body = R"({"agent":"full","payload":1})"});
        call("dispatchTasks", 200, "/v1/tasks/batch",
             {.body = R"({"tasks":[{"agent":"full","payload":1},{"agent":"sentiment","id":"? ","payload":1}]})"});
        for (auto const* const state : {"ready", "running", "scheduled", "succeeded", "dead", "cancelled", "expired"})
            call("listTasks", 200, std::string("/v1/tasks?agent=sentiment&state=") + state);
        call("getTask", 403, "/v1/tasks/sentiment/t1?reveal=true", {.fields = {{"Authorization", viewer}}});
        call("getTask", 404, "/v1/tasks/sentiment/nope");
        call("getTaskLog", 403, "/v1/tasks/sentiment/t1/log?reveal=true", {.fields = {{"Authorization", viewer}}});
        call("getTaskLog", 404, "/v1/tasks/sentiment/nope/log");
        call("getTaskLog", 200, "/v1/tasks/sentiment/done/log");
        call("followTask", 404, "/v1/tasks/sentiment/nope/events");
        for (auto const* const id : {"t1", "running", "done", "d1"})
            call("getTask", 200, std::string("/v1/tasks/sentiment/") + id);
        call("moveTask", 200, "/v1/tasks/sentiment/t1/move", {.body = R"({"priority":1})"});
        call("moveTask", 409, "/v1/tasks/sentiment/done/move", {.body = R"({"priority":1})"});
        call("moveTask", 404, "/v1/tasks/sentiment/nope/move", {.body = R"({"priority":1})"});
        call("cancelTask", 200, "/v1/tasks/sentiment/t1/cancel");
        call("cancelTask", 404, "/v1/tasks/sentiment/nope/cancel");
        call("retryTask", 200, "/v1/tasks/sentiment/d1/retry");
        call("retryTask", 409, "/v1/tasks/sentiment/t1/retry");
        call("retryTask", 404, "/v1/tasks/sentiment/nope/retry");
        call("getAgent", 404, "/v1/agents/nobody");
        call("getDead", 200, "/v1/agents/sentiment/dead/d2");
        call("getDead", 403, "/v1/agents/sentiment/dead/d2?reveal=true", {.fields = {{"Authorization", viewer}}});
        call("getDead", 404, "/v1/agents/sentiment/dead/9-9");
        auto const letter = call("getDead", 200, "/v1/agents/sentiment/dead/d2").value()["letter"].get<std::string>();
        call("replayDead", 200, "/v1/agents/sentiment/dead/d2/replay", {.body = R"({"payload":2})"});
        call("cancelTask", 200, "/v1/tasks/sentiment/d2/cancel");
        call("replayDead", 409, "/v1/agents/sentiment/dead/" + letter + "/replay");
        call("replayDead", 404, "/v1/agents/sentiment/dead/9-9/replay");
        call("replayManyDead", 200, "/v1/agents/sentiment/dead/replay", {.body = R"({"letters":["9-9"]})"});
        many_replays();
        call("getReplay", 404, "/v1/replays/nope");
        call("stopReplay", 404, "/v1/replays/nope/stop");
        call("purgeDead", 200, "/v1/agents/sentiment/dead/purge", {.body = R"({"all":true})"});
    }
    // At one task in a hundred seconds a replay with letters left goes on as long as the test.
    void many_replays() {
        testing::Reply reply;
        for (std::size_t i = 0; i < 8; ++i)
            reply = call("replayManyDead", 202, "/v1/agents/slow/dead/replay", {.body = R"({"all":true,"rate":0.01})"});
        call("replayManyDead", 429, "/v1/agents/slow/dead/replay", {.body = R"({"all":true,"rate":0.01})"});
        auto const replay = reply.field("location");
        call("getReplay", 200, replay);
        EXPECT_EQ(call("stopReplay", 200, replay + "/stop").value()["state"], "stopped");
        call("stopReplay", 200, replay + "/stop");
        call("replayManyDead", 202, "/v1/agents/slow/dead/replay", {.body = R"({"all":true,"rate":0.01})"});
    }
    // Dead letters of agent `slow`, as its workers would have left them.
    void make_slow_letters() {
        for (int i = 0; i < 20; ++i)
            ask({"XADD", "leat:{slow}:dead", "*", "task_id", "s" + std::to_string(i), "original_payload", "1", "error",
                 "e", "reason", "failed", "agent_type", "slow", "failed_at", "2026-01-01T00:00:00.000Z"});
    }
};

TEST_F(OpenApiTest, DescribesEveryRoute) {
    std::set<std::string> described;
    for (auto const& one : operations())
        described.insert(one.id());
    for (auto const& route : routes()) {
        EXPECT_EQ(described.erase(std::string(route.name)), 1U) << route.name;
        EXPECT_EQ(operation(std::string(route.name)).path, route.path);
        std::set<std::string> parameters;
        for (auto const& parameter : operation(std::string(route.name)).object->value("parameters", json::array()))
            if (parameter.value("in", "") == "query") parameters.insert(parameter["name"]);
        std::istringstream names{std::string(route.parameters)};
        for (std::string name; names >> name;)
            EXPECT_EQ(parameters.erase(name), 1U) << route.name << " " << name;
        EXPECT_TRUE(parameters.empty()) << route.name;
    }
    EXPECT_TRUE(described.empty()) << *described.begin();
}

TEST_F(OpenApiTest, EveryStatusIsSeenAndEveryAnswerHasItsShape) {
    finished("done", store::SettleVerdict::success, R"({"label":"good"})");
    ask({"XADD", keys.log, "*", "task_id", "done", "attempt", "1", "log", "a line"});
    ask({"XADD", keys.log, "*", "task_id", "done", "attempt", "1", "progress", "50", "note", "half"});
    dead("d1");
    dead("d2");
    (void)start("w1", {.id = "running", .lane = Lane::high, .payload = "not json"});
    add({.id = "later", .delay_ms = 60'000, .payload = "{}"});
    add({.id = "t1", .payload = R"({"text":"x"})"});
    make_slow_letters();
    for (auto const& one : operations())
        refusals_of(one);
    successes();
    server.kill();
    auto const gone = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (get("/readyz").status != 503U && std::chrono::steady_clock::now() < gone) {
    }
    for (auto const& one : operations()) {
        if (!tells(one, "503")) continue;
        auto target = filled(one.path, "1-0");
        auto body = body_of(one);
        if (one.id() == "listTasks") target += "?agent=sentiment";
        if (one.id() == "moveTask") body = R"({"priority":1})";
        if (one.id() == "replayManyDead") body = R"({"letters":["1-0"]})";
        if (one.id() == "purgeDead") body = R"({"all":true})";
        auto const reply = call(one, target, {.body = body});
        EXPECT_EQ(reply.status, 503U) << one.id() << reply.body;
    }
    for (auto const& one : operations()) {
        for (auto const& [status, response] : one.object->at("responses").items())
            EXPECT_TRUE(status == "default" || seen_.contains(one.id() + " " + status)) << one.id() << " " << status;
    }
}

}  // namespace
}  // namespace leat::http
