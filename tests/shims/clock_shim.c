// LD_PRELOAD library that moves the wall clock of a process while it runs. LEAT_CLOCK names a file of at least 8 bytes:
// an offset in milliseconds, a signed 64-bit integer of this machine, added to every answer. Writing the file moves the
// clock at once. Monotonic clocks are left alone, as they are when an operator sets the date.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t kNanosInSecond = 1000000000;
static _Atomic int64_t* offset_ms;

__attribute__((constructor)) static void map_offset(void) {
    char const* path = getenv("LEAT_CLOCK");
    if (path == NULL) return;
    int const fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    void* mapped = mmap(NULL, sizeof *offset_ms, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped != MAP_FAILED) offset_ms = mapped;
}

static int moved(clockid_t clock, struct timespec* now) {
    int const result = (int)syscall(SYS_clock_gettime, clock, now);
    int const wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
    if (result != 0 || !wall || offset_ms == NULL) return result;
    int64_t nanos = now->tv_sec * kNanosInSecond + now->tv_nsec;
    nanos += atomic_load_explicit(offset_ms, memory_order_relaxed) * 1000000;
    now->tv_sec = nanos / kNanosInSecond;
    now->tv_nsec = nanos % kNanosInSecond;
    return 0;
}

int clock_gettime(clockid_t clock, struct timespec* now) {
    return moved(clock, now);
}

int gettimeofday(struct timeval* restrict now, void* restrict zone) {
    (void)zone;  // obsolete
    struct timespec exact;
    if (moved(CLOCK_REALTIME, &exact) != 0) return -1;
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t* result) {
    struct timespec now;
    if (moved(CLOCK_REALTIME, &now) != 0) return -1;
    if (result != NULL) *result = now.tv_sec;
    return now.tv_sec;
}
