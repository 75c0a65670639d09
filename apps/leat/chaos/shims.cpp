#include "chaos/shims.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <utility>

namespace leat::cli::chaos {
namespace fs = std::filesystem;

ShimmedClock::ShimmedClock(fs::path library, fs::path file) : library_(std::move(library)), file_(std::move(file)) {
    int const fd = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    void* mapped = MAP_FAILED;
    if (fd >= 0 && ::ftruncate(fd, sizeof(std::int64_t)) == 0)
        mapped = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0) ::close(fd);
    if (mapped == MAP_FAILED) throw std::runtime_error("cannot make the clock's file " + file_.string());
    offset_ms_ = static_cast<std::int64_t*>(mapped);
}

ShimmedClock::~ShimmedClock() {
    ::munmap(const_cast<std::int64_t*>(offset_ms_), sizeof(std::int64_t));
}

Environment ShimmedClock::environment() const {
    return {{"LD_PRELOAD", library_.string()}, {"LEAT_CLOCK", file_.string()}};
}

std::chrono::milliseconds ShimmedClock::offset() const {
    return std::chrono::milliseconds(*offset_ms_);
}

void ShimmedClock::set(std::chrono::milliseconds offset) {
    *offset_ms_ = offset.count();
}

ForgetfulDisk::ForgetfulDisk(fs::path library, fs::path folder)
    : library_(std::move(library)), folder_(std::move(folder)) {
    fs::create_directories(folder_);
}

Environment ForgetfulDisk::environment() const {
    return {{"LD_PRELOAD", library_.string()}, {"LEAT_SYNCED", folder_.string()}};
}

void ForgetfulDisk::all_is_synced(fs::path const& data) const {
    for (auto const& entry : fs::recursive_directory_iterator(data)) {
        struct stat file {};
        if (entry.path().extension() != ".aof" || ::stat(entry.path().c_str(), &file) != 0) continue;
        std::ofstream(folder_ / std::to_string(file.st_ino)) << file.st_size << "\n";
    }
}

std::uint64_t ForgetfulDisk::lose_unsynced(fs::path const& data) const {
    std::uint64_t lost = 0;
    for (auto const& entry : fs::recursive_directory_iterator(data)) {
        struct stat file {};
        if (entry.path().extension() != ".aof" || ::stat(entry.path().c_str(), &file) != 0) continue;
        std::ifstream note(folder_ / std::to_string(file.st_ino));
        std::uint64_t synced = 0;  // no note: it was never synced
        note >> synced;
        auto const size = static_cast<std::uint64_t>(file.st_size);
        if (synced >= size) continue;
        fs::resize_file(entry.path(), synced);
        lost += size - synced;
    }
    return lost;
}

}  // namespace leat::cli::chaos
