#include "store/message_codec.hpp"

#include <gmock/gmock.h>

#include <random>
#include <utility>
#include <vector>

#include "redis/resp_parser.hpp"

namespace leat::store {
namespace {

using ::testing::HasSubstr;
using FieldList = std::vector<std::pair<std::string, std::string>>;

FieldList const kWhole{{"v", "1"},
                       {"task_id", "t1"},
                       {"agent_type", "sentiment"},
                       {"payload", "{}"},
                       {"priority", "-1"},
                       {"created_at", "1700000000000"},
                       {"retry_count", "2"},
                       {"max_retries", "3"},
                       {"timeout_ms", "5000"},
                       {"attempts", "2"},
                       {"crashes", "1"},
                       {"last_error", "boom"},
                       {"last_fence", "w 1-0/1"},
                       {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}};

FieldList with(FieldList fields, std::string const& name, std::string const& value) {
    for (auto& field : fields) {
        if (field.first == name) field.second = value;
    }
    return fields;
}

FieldList without(FieldList fields, std::string const& name) {
    std::erase_if(fields, [&](auto const& field) { return field.first == name; });
    return fields;
}

struct Read {
    tasks::Message message;
    std::string problem;
};

Read read(FieldList const& fields) {
    MessageReader reader;
    for (auto const& [name, value] : fields)
        reader.field(name, value);
    auto problem = reader.finish();
    return {reader.take(), std::move(problem)};
}

void expect_whole(tasks::Message const& message) {
    EXPECT_EQ(message.task_id, "t1");
    EXPECT_EQ(message.agent, "sentiment");
    EXPECT_EQ(message.payload, "{}");
    EXPECT_EQ(message.priority, -1);
    EXPECT_EQ(message.created_at, 1'700'000'000'000);
    EXPECT_EQ(message.retry_count, 2);
    EXPECT_EQ(message.max_retries, 3);
    EXPECT_EQ(message.timeout_ms, 5'000);
    EXPECT_EQ(message.attempts, 2);
    EXPECT_EQ(message.crashes, 1);
    EXPECT_EQ(message.last_error, "boom");
    EXPECT_EQ(message.traceparent, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    EXPECT_FALSE(message.foreign);
}

TEST(MessageCodec, reads_every_field_in_any_order) {
    auto fields = kWhole;
    std::mt19937 shuffle(1);  // NOLINT: the same orders in every run
    for (int i = 0; i < 50; ++i) {
        auto const [message, problem] = read(fields);
        EXPECT_EQ(problem, "");
        expect_whole(message);
        std::shuffle(fields.begin(), fields.end(), shuffle);
    }
}

TEST(MessageCodec, needs_no_optional_field) {
    auto fields = kWhole;
    fields.resize(8);
    auto const [message, problem] = read(fields);
    EXPECT_EQ(problem, "");
    EXPECT_EQ(message.timeout_ms, std::nullopt);
    EXPECT_EQ(message.attempts, 0);
    EXPECT_EQ(message.last_error, "");
}

TEST(MessageCodec, needs_every_other_field) {
    for (auto const* const name :
         {"task_id", "agent_type", "payload", "priority", "created_at", "retry_count", "max_retries"}) {
        EXPECT_THAT(read(without(kWhole, name)).problem, HasSubstr(name));
    }
}

TEST(MessageCodec, refuses_absurd_values_and_names_their_field) {
    std::vector<std::pair<std::string, std::string>> const absurd{
        {"task_id", ""},
        {"task_id", "a b"},
        {"task_id", std::string(129, 'x')},
        {"task_id", std::string("a\0b", 3)},
        {"agent_type", ""},
        {"agent_type", "{x}"},
        {"priority", "high"},
        {"priority", ""},
        {"priority", "1.5"},
        {"priority", "99999999999999999999"},
        {"created_at", "-1"},
        {"created_at", "2026-01-01"},
        {"created_at", "999999999999999999"},
        {"retry_count", "-1"},
        {"retry_count", "1e3"},
        {"retry_count", "2000000000"},
        {"max_retries", "0x10"},
        {"max_retries", " 3"},
        {"timeout_ms", "0"},
        {"timeout_ms", "-5"},
        {"timeout_ms", "31622400001"},
        {"attempts", "many"},
        {"crashes", "-1"},
    };
    for (auto const& [name, value] : absurd)
        EXPECT_THAT(read(with(kWhole, name, value)).problem, HasSubstr(name)) << value;
}

TEST(MessageCodec, refuses_other_formats_before_anything_else) {
    for (auto const* const format : {"2", "99", "", "one", "01"}) {
        auto const fields = with(with(kWhole, "v", format), "priority", "rubbish");
        EXPECT_THAT(read(fields).problem, HasSubstr("format")) << format;
    }
}

TEST(MessageCodec, refuses_a_field_that_is_there_twice) {
    auto fields = kWhole;
    fields.emplace_back("payload", "[]");
    EXPECT_THAT(read(fields).problem, HasSubstr("payload is there twice"));
    EXPECT_EQ(read(fields).message.payload, "{}");
}

TEST(MessageCodec, takes_unknown_fields_up_to_a_limit) {
    auto fields = kWhole;
    while (fields.size() < kMessageFieldsMax)
        fields.emplace_back("extra" + std::to_string(fields.size()), "x");
    EXPECT_EQ(read(fields).problem, "");
    fields.emplace_back("one more", "x");
    EXPECT_THAT(read(fields).problem, HasSubstr("more than 100 fields"));
}

TEST(MessageCodec, bounds_what_it_keeps) {
    auto const long_text = std::string(100'000, 'x');
    auto const [message, problem] = read(with(with(kWhole, "last_error", long_text), "traceparent", long_text));
    EXPECT_EQ(problem, "");
    EXPECT_EQ(message.last_error.size(), Limits::error_bytes);
    EXPECT_EQ(message.traceparent, "");
    EXPECT_THAT(std::string(message.traceparent_problem), HasSubstr("lower-case hex"));
    auto const huge = std::string(Limits::payload_bytes_max + 1, 'x');
    EXPECT_THAT(read(with(kWhole, "payload", huge)).problem, HasSubstr("16777217 bytes"));
    EXPECT_EQ(read(with(kWhole, "last_error", "\xff")).message.last_error, "\xEF\xBF\xBD");
}

TEST(MessageCodec, leaves_a_trace_context_out_that_is_none) {
    auto const wrong = read(with(kWhole, "traceparent", "00-1-2-03"));
    EXPECT_EQ(wrong.problem, "");
    EXPECT_EQ(wrong.message.traceparent, "");
    EXPECT_THAT(std::string(wrong.message.traceparent_problem), HasSubstr("too short"));
    EXPECT_TRUE(read(kWhole).message.traceparent_problem.empty());
    EXPECT_TRUE(read(with(kWhole, "traceparent", "")).message.traceparent_problem.empty());
    auto const later = read(with(kWhole, "traceparent", "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x"));
    EXPECT_EQ(later.message.traceparent, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
}

TEST(MessageCodec, asks_little_of_a_foreign_message) {
    auto const [bare, problem] = read({{"payload", "{}"}});
    EXPECT_EQ(problem, "");
    EXPECT_TRUE(bare.foreign);
    EXPECT_EQ(bare.task_id, "");
    EXPECT_EQ(bare.created_at, 0);
    EXPECT_THAT(read({{"task_id", "t1"}}).problem, HasSubstr("payload"));
    EXPECT_THAT(read({}).problem, HasSubstr("payload"));

    auto const foreign = without(kWhole, "v");
    EXPECT_EQ(read(with(foreign, "created_at", "2023-11-14T22:13:20")).message.created_at, 1'700'000'000'000);
    EXPECT_EQ(read(with(foreign, "created_at", "yesterday")).problem, "");
    EXPECT_EQ(read(with(foreign, "created_at", "yesterday")).message.created_at, 0);
    EXPECT_THAT(read(with(foreign, "priority", "rubbish")).problem, HasSubstr("priority"));
}

Delivery decode(std::string const& wire, std::string_view agent = "sentiment") {
    redis::RespParser parser;
    parser.feed(wire);
    auto const reply = parser.next().value().value();
    return decode_delivery(reply.root(), Lane::low, 7, agent);
}

TEST(MessageCodec, reads_a_stream_entry) {
    std::string wire = "*2\r\n$3\r\n5-0\r\n*" + std::to_string(2 * kWhole.size()) + "\r\n";
    for (auto const& [name, value] : kWhole) {
        wire += "$" + std::to_string(name.size()) + "\r\n" + name + "\r\n";
        wire += "$" + std::to_string(value.size()) + "\r\n" + value + "\r\n";
    }
    auto const delivery = decode(wire);
    EXPECT_EQ(delivery.malformed, "");
    EXPECT_EQ(delivery.entry_id, "5-0");
    EXPECT_EQ(delivery.lane, Lane::low);
    EXPECT_EQ(delivery.count, 7);
    expect_whole(delivery.message);
    EXPECT_THAT(decode(wire, "other").malformed, HasSubstr("agent sentiment"));
}

TEST(MessageCodec, survives_entries_of_any_shape) {
    for (auto const* const wire :
         {"*0\r\n", "+OK\r\n", ":5\r\n", "*-1\r\n", "*1\r\n$3\r\n5-0\r\n", "*2\r\n$3\r\n5-0\r\n*-1\r\n",
          "*2\r\n$3\r\n5-0\r\n*1\r\n$7\r\npayload\r\n", "*2\r\n:1\r\n*2\r\n*0\r\n*0\r\n",
          "*2\r\n$3\r\n5-0\r\n*2\r\n$7\r\npayload\r\n*1\r\n:1\r\n"}) {
        auto const delivery = decode(wire);
        EXPECT_TRUE(delivery.message.foreign) << wire;
    }
}

}  // namespace
}  // namespace leat::store
