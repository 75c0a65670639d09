// A full disk under the server: row 10 of the matrix.
#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "chaos/fault_steps.hpp"

namespace leat::cli::chaos {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::uintmax_t kRoomBytes = 32 << 20;  // beside what the server has written already
constexpr std::string_view kSizeWithRoom = "size=1g";
constexpr Milliseconds kServerNotices{10'000};

std::unexpected<Error> refuse(std::string const& what) {
    auto const code = errno == EPERM ? ErrorCode::unsupported : ErrorCode::unavailable;
    return fail(code, "chaos", what + ": " + std::strerror(errno));
}

std::uintmax_t bytes_in(fs::path const& folder) {
    std::uintmax_t bytes = 0;
    for (auto const& file : fs::recursive_directory_iterator(folder))
        bytes += file.is_regular_file() ? file.file_size() : 0;
    return bytes;
}

// A file system in memory over `folder`, seen by this thread and by the processes that it starts. The folder's content
// goes into it and, at the end, back.
class SmallDisk {
  public:
    explicit SmallDisk(fs::path folder) : folder_(std::move(folder)), kept_(folder_.string() + ".kept") {}

    Result<void> mount() {
        // Our own mounts, once for the rest of the run.
        if (::unshare(CLONE_NEWNS) != 0) return refuse("a mount namespace of its own");
        if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return refuse("private mounts");
        fs::rename(folder_, kept_);
        fs::create_directory(folder_);
        auto const size = "size=" + std::to_string(bytes_in(kept_) + kRoomBytes);
        if (::mount("tmpfs", folder_.c_str(), "tmpfs", 0, size.c_str()) != 0) {
            auto error = refuse("a tmpfs");
            fs::remove(folder_);
            fs::rename(kept_, folder_);
            return error;
        }
        fs::copy(kept_, folder_, fs::copy_options::recursive);
        return {};
    }
    // Not one byte is left.
    void fill() {
        std::ofstream ballast(folder_ / "ballast", std::ios::binary);
        std::string const piece(4'096, 'x');
        while (ballast.write(piece.data(), static_cast<std::streamsize>(piece.size())).flush()) {
        }
    }
    Result<void> make_room() {
        if (::mount(nullptr, folder_.c_str(), nullptr, MS_REMOUNT, kSizeWithRoom.data()) != 0)
            return refuse("more room");
        fs::remove(folder_ / "ballast");
        return {};
    }
    // The server must be stopped.
    Result<void> unmount() {
        fs::remove_all(kept_);
        fs::copy(folder_, kept_, fs::copy_options::recursive);
        if (::umount(folder_.c_str()) != 0) return refuse("unmount");
        fs::remove(folder_);
        fs::rename(kept_, folder_);
        return {};
    }

  private:
    fs::path folder_;
    fs::path kept_;
};

Result<void> fill_under_server(FaultContext& context, SmallDisk& disk) {
    auto& server = *context.server;
    if (auto started = server.start(); !started) return started;
    if (!wait_up_to(context, context.lease)) return {};
    disk.fill();
    // With `everysec` it refuses writes, with `always` it ends.
    auto const noticed = [&] {
        if (!server.alive()) return true;
        auto const status = info(context.redis, "persistence", "aof_last_write_status");
        return status && *status == "err";
    };
    bool const full = context.wait_until(noticed, kServerNotices);
    context.note(!full ? "the disk is full, and the server has not noticed"
                       : (server.alive() ? "the disk is full: the server refuses writes"
                                         : "the disk is full: the server has ended"));
    [[maybe_unused]] bool const goes_on = context.wait(context.lease);
    if (auto room = disk.make_room(); !room) return room;
    if (auto started = server.start(); !started) return started;
    auto const recovered = [&] {
        auto const status = info(context.redis, "persistence", "aof_last_write_status");
        return status && *status == "ok";
    };
    if (!context.wait_until(recovered, kServerNotices))
        return fail(ErrorCode::unavailable, "chaos", "the server still refuses writes, though its disk has room again");
    return {};
}

// Row 10, with either policy.
Result<void> disk_full(FaultContext& context) {
    auto& server = *context.server;
    server.stop();
    SmallDisk disk(server.folder() / "appendonlydir");
    Result<void> done;
    try {
        done = disk.mount();
        if (!done) {
            if (auto started = server.start(); !started) return started;
            return done;
        }
        Restored const options(server.options());
        server.options().append_only = context.random.below(2) == 0 ? "always" : "everysec";
        done = fill_under_server(context, disk);
        server.stop();
        if (auto unmounted = disk.unmount(); !unmounted) return unmounted;
    } catch (fs::filesystem_error const& failed) {
        return fail(ErrorCode::unavailable, "chaos", failed.what());
    }
    if (auto started = server.start(); !started) return started;
    return done;
}

}  // namespace

std::vector<FaultKind> disk_faults() {
    return {
        {.name = "disk-full",
         .rows = "10",
         .sentence = "the disk of Redis is full for a lease: no false OK, and work goes on when there is room",
         .needs = {Need::own_server, Need::root},
         .excuse = {.duplicates = true, .overlaps = true, .after_leases = 1},
         .run = disk_full},
    };
}

}  // namespace leat::cli::chaos
