#pragma once
// What the checks write down.
#include <initializer_list>
#include <string>
#include <string_view>

#include "chaos/checker.hpp"
#include "chaos/story.hpp"

namespace leat::cli::chaos {

class Findings {
  public:
    Findings(Book const& book, Report& report) : book_(book), report_(report) {}

    // A violation with the lines that prove it; nullptr among them is left out.
    void violation(std::string_view check, Story const& story, std::string what, std::vector<Entry const*> lines);
    // One that concerns no task.
    void violation(std::string_view check, std::string what, std::vector<Entry const*> lines);
    void declared_loss(Story const& story, std::string_view fault);

    [[nodiscard]] Counts& counts() noexcept { return report_.counts; }
    [[nodiscard]] Book const& book() const noexcept { return book_; }

  private:
    void keep(Violation violation, std::vector<Entry const*> lines);

    Book const& book_;
    Report& report_;
};

// The checks, a file per group. Each looks at one task.
void check_losses(Story const& story, Findings& findings);      // C1, C2
void check_outcomes(Story const& story, Findings& findings);    // C3, C11
void check_provenance(Story const& story, Findings& findings);  // C4
void check_order(Story const& story, Findings& findings);       // C5
void check_overlaps(Story const& story, Findings& findings);    // C6
void check_policy(Story const& story, Findings& findings);      // C7
void check_repeats(Story const& story, Findings& findings);     // C8
void check_register(Story const& story, Findings& findings);    // C10
// … one at what is left at the end, and one at what each row of the fault matrix expects.
void check_quiescence(Findings& findings);  // C9
void check_rows(Findings& findings);        // R1, R4, R5, R9, R16, R18

// What is only counted.
void count_all(Findings& findings);

}  // namespace leat::cli::chaos
