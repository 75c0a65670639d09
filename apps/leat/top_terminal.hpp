#pragma once
// The terminal while `leat top` has it: keys at once and unechoed, a screen of its own. However the program ends,
// except by SIGKILL, the terminal is as it was.
#include <termios.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "leat/error.hpp"
#include "top_screen.hpp"

namespace leat::cli::top {

class Terminal {
  public:
    // The terminal that controls this process. Errors: `invalid_input` where there is none.
    [[nodiscard]] static Result<std::unique_ptr<Terminal>> open();
    ~Terminal();
    Terminal(Terminal const&) = delete;
    Terminal& operator=(Terminal const&) = delete;

    // Takes the terminal over, and gives it back; both idempotent. One terminal at a time.
    void enter();
    void leave() noexcept;

    [[nodiscard]] Size size() const noexcept;
    // Draws what differs from the last drawing; after enter() and forget() everything.
    void draw(std::vector<Line> const& lines, bool colour);
    void forget() { drawn_.clear(); }
    // For reading keys, non-blocking; owned by the caller. The file description is not shared with anybody.
    [[nodiscard]] Result<int> open_input() const;

  private:
    explicit Terminal(int descriptor) : descriptor_(descriptor) {}
    void write(std::string_view text) const noexcept;

    int const descriptor_;
    bool entered_ = false;
    termios before_{};
    std::vector<std::string> drawn_;
};

}  // namespace leat::cli::top
