#pragma once
// The real program on a terminal of its own, for tests.
#include <termios.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace leat::cli::testing {

// Whatever waits fails the test by an exception after a minute.
class PtyLeat {
  public:
    // Its environment is PATH, TERM and `variables` only.
    PtyLeat(std::vector<std::string> const& arguments, std::map<std::string, std::string> const& variables,
            unsigned short columns, unsigned short rows);
    // Kills it where it still runs.
    ~PtyLeat();
    PtyLeat(PtyLeat const&) = delete;
    PtyLeat& operator=(PtyLeat const&) = delete;

    void press(std::string_view keys);
    // As a window that is dragged: the program is sent SIGWINCH.
    void resize(unsigned short columns, unsigned short rows);
    void signal(int number);
    // Waits until a signal has stopped it, as its shell does; what it wrote before says only that it is about to.
    void until_stopped();

    // Waits until the program has written `text` since the last answer; answers everything up to its end.
    std::string until(std::string_view text);
    // Waits for its end. As Outcome::exit_code.
    int wait();
    // All that it has written.
    [[nodiscard]] std::string const& output() const noexcept { return output_; }
    // How the terminal behaves now.
    [[nodiscard]] termios state() const;

  private:
    // False at the end of the output.
    bool read_more();

    int child_ = -1;
    int terminal_ = -1;
    std::string output_;
    std::size_t seen_ = 0;
};

}  // namespace leat::cli::testing
