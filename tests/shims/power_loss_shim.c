// LD_PRELOAD library that notes what of each file a power cut could not take: its length at the last fsync or fdatasync
// that succeeded. Killing a process loses nothing that it has written, as the kernel still has it; whoever then cuts
// the files to the noted lengths sees what is left after a power cut.
//
// LEAT_SYNCED names a folder. For each file that was synced it holds one named like the file's inode number, with the
// length in decimal. Inodes, because Redis renames its files after it has written them.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void note(const struct stat* file) {
    char const* folder = getenv("LEAT_SYNCED");
    if (folder == NULL) return;
    char path[512];
    char temporary[sizeof path + 32];
    char length[24];
    if (snprintf(path, sizeof path, "%s/%llu", folder, (unsigned long long)file->st_ino) >= (int)sizeof path) return;
    // Renamed into place: a kill leaves the old length or the new one.
    snprintf(temporary, sizeof temporary, "%s.%d", path, (int)gettid());
    int const size = snprintf(length, sizeof length, "%lld\n", (long long)file->st_size);
    int const out = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out < 0) return;
    int const complete = write(out, length, (size_t)size) == size;
    close(out);
    if (complete) rename(temporary, path);
}

static int sync_and_note(int fd, long call) {
    // The length before the call: what others append meanwhile may or may not be synced.
    struct stat file;
    int const known = fstat(fd, &file) == 0 && S_ISREG(file.st_mode);
    int const result = (int)syscall(call, fd);
    int const error = errno;
    if (result == 0 && known) note(&file);
    errno = error;
    return result;
}

int fsync(int fd) {
    return sync_and_note(fd, SYS_fsync);
}

int fdatasync(int fd) {
    return sync_and_note(fd, SYS_fdatasync);
}
