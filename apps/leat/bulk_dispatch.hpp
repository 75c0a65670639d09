#pragma once
// Dispatches the tasks of a JSON-lines file: windows of bounded size, several under way, bad lines set aside.
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "leat/client.hpp"
#include "leat/error.hpp"
#include "leat/json.hpp"
#include "line_reader.hpp"
#include "progress.hpp"

namespace leat::cli {

struct BulkRequest {
    std::string agent{};
    bool plain = false;  // every line is a payload
    DispatchOptions defaults{};
    std::optional<std::uint64_t> total_bytes{};  // of a file; for the progress
};

struct BadLine {
    std::int64_t line = 0;
    std::string problem{};
};

struct BulkReport {
    std::int64_t lines = 0;  // looked at; blank ones are left out
    std::int64_t created = 0;
    std::int64_t duplicates = 0;  // tasks of these ids exist already; nothing was changed
    std::int64_t bad = 0;
    std::int64_t unsent = 0;           // read, and surely not stored
    std::int64_t unknown = 0;          // sent, no answer: perhaps stored
    std::int64_t not_durable = 0;      // stored, but not as safely as was asked for
    std::vector<BadLine> bad_lines{};  // the first kBadLinesKept
    std::optional<Error> stopped{};    // why the rest of the file was not read
};

inline constexpr std::size_t kBadLinesKept = 100;

[[nodiscard]] json json_of(BulkReport const& report);

// One run over one file. On one thread.
class BulkDispatch {
  public:
    struct Listener {
        std::function<void(BadLine const&)> on_bad_line;
        std::function<void(BulkReport const&, std::uint64_t bytes_read)> on_progress;
    };
    BulkDispatch(Client& client, LineReader& reader, BulkRequest request, Listener listener)
        : client_(client), reader_(reader), request_(std::move(request)), listener_(std::move(listener)) {}

    // Reads and dispatches until the end of the file, stop(), or an error that would meet every further task as well.
    [[nodiscard]] boost::asio::awaitable<void> run();
    // Reads no further; what was sent is waited for.
    void stop(Error why);
    [[nodiscard]] BulkReport const& report() const noexcept { return report_; }

  private:
    struct Window {
        std::vector<NewTask> tasks{};
        std::vector<std::int64_t> lines{};
    };
    [[nodiscard]] boost::asio::awaitable<void> pump();
    [[nodiscard]] Window read_window();
    void take_line(LineReader::Line const& line, Window& window);
    void tally(std::vector<std::int64_t> const& lines, std::vector<Result<Receipt>> const& receipts);
    void tally_error(std::int64_t line, Error const& error);
    void add_bad(std::int64_t line, std::string problem);

    Client& client_;
    LineReader& reader_;
    BulkRequest request_;
    Listener listener_;
    BulkReport report_;
    bool at_end_ = false;
};

}  // namespace leat::cli
