#include "http/audit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace leat::http {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AuditTallyTest : public ::testing::Test {
  protected:
    void add(std::string const& peer, std::chrono::milliseconds at, unsigned status = 201) {
        AuditRecord record;
        record.action = "dispatchTask";
        record.role = "operator";
        record.peer = peer;
        record.status = status;
        tally_.add(record, AuditTally::TimePoint(at), tell_);
    }
    std::vector<std::string> told() { return std::exchange(told_, {}); }

    AuditTally tally_;
    std::vector<std::string> told_;
    AuditListener tell_ = [this](AuditRecord const& record) {
        told_.push_back(std::string(record.action) + " " + std::string(record.peer) + " " +
                        std::to_string(record.status) + " x" + std::to_string(record.count));
    };
};

TEST_F(AuditTallyTest, TheFirstIsToldAtOnceTheOthersTogether) {
    add("a", 0ms);
    EXPECT_THAT(told(), ElementsAre("dispatchTask a 201 x1"));
    for (int i = 1; i < 1'000; ++i)
        add(i % 4 == 0 ? "b" : "a", std::chrono::milliseconds(i));
    add("a", 5'000ms, 200);
    EXPECT_THAT(told(), IsEmpty());
    add("a", 10'000ms);
    EXPECT_THAT(told(), ElementsAre("dispatchTask a 200 x1", "dispatchTask a 201 x751", "dispatchTask b 201 x249"));
}

TEST_F(AuditTallyTest, WhatIsLeftIsToldAtTheEnd) {
    add("a", 0ms);
    (void)told();
    add("a", 1ms);
    tally_.flush(AuditTally::TimePoint(2ms), tell_);
    EXPECT_THAT(told(), ElementsAre("dispatchTask a 201 x1"));
    tally_.flush(AuditTally::TimePoint(3ms), tell_);
    EXPECT_THAT(told(), IsEmpty());
}

TEST_F(AuditTallyTest, ManyCallersAreBounded) {
    add("first", 0ms);
    (void)told();
    for (std::size_t i = 0; i < AuditTally::kCallersMax; ++i)
        add("peer" + std::to_string(i), 1ms);
    EXPECT_EQ(told().size(), AuditTally::kCallersMax);
}

}  // namespace
}  // namespace leat::http
