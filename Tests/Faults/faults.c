// Makes the n-th call of one kind fail in a program that is started with LD_PRELOAD. FaultLibrary.swift builds it.
//
// FAULT_KIND       write, short (a write of which half gets through), fsync, rename, open or connect; none counts only
// FAULT_NUMBER     which call fails, from 1
// FAULT_LENGTH     how many calls in a row fail, 1 by default
// FAULT_ERRNO      what errno says then
// FAULT_FOLDER     only files below it count; of connections those of IPv4
// FAULT_COUNTERS   a file of six 64-bit numbers, the calls so far by kind in the order above
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { kind_write, kind_short, kind_fsync, kind_rename, kind_open, kind_connect, kinds };
static const char *const names[kinds] = {"write", "short", "fsync", "rename", "open", "connect"};

static int chosen = -1;
static uint64_t first, length = 1;
static int error_number;
static char folder[PATH_MAX];
static _Atomic uint64_t own_counters[kinds];
static _Atomic uint64_t *counters = own_counters;

static uint64_t number(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

__attribute__((constructor)) static void start(void) {
    const char *kind = getenv("FAULT_KIND"), *path = getenv("FAULT_COUNTERS"), *below = getenv("FAULT_FOLDER");
    for (int index = 0; kind && index < kinds; index++)
        if (strcmp(kind, names[index]) == 0) chosen = index;
    first = number("FAULT_NUMBER", 0);
    length = number("FAULT_LENGTH", 1);
    error_number = (int)number("FAULT_ERRNO", EIO);
    if (below) snprintf(folder, sizeof folder, "%s", below);
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *memory = mmap(NULL, sizeof own_counters, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory != MAP_FAILED) counters = memory;
    close(file);
}

// Counts a call; whether it is one that fails.
static int strikes(enum kind kind) {
    uint64_t count = atomic_fetch_add(&counters[kind], 1) + 1;
    if (kind != (enum kind)chosen || count < first || count >= first + length) return 0;
    errno = error_number;
    return 1;
}

static int is_below(const char *path) { return folder[0] && strncmp(path, folder, strlen(folder)) == 0; }

static int is_file_below(int descriptor) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t count = readlink(link, path, sizeof path - 1);
    if (count <= 0) return 0;
    path[count] = 0;
    return is_below(path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int descriptor, const void *bytes, size_t count) {
    static __typeof__(&write) real;
    if (!real) real = REAL(write);
    if (is_file_below(descriptor)) {
        if (strikes(kind_write)) return -1;
        if (strikes(kind_short)) count -= count / 2;
    }
    return real(descriptor, bytes, count);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    static __typeof__(&writev) real;
    if (!real) real = REAL(writev);
    if (is_file_below(descriptor) && strikes(kind_write)) return -1;
    return real(descriptor, parts, count);
}

int fsync(int descriptor) {
    static __typeof__(&fsync) real;
    if (!real) real = REAL(fsync);
    return is_file_below(descriptor) && strikes(kind_fsync) ? -1 : real(descriptor);
}

int fdatasync(int descriptor) {
    static __typeof__(&fdatasync) real;
    if (!real) real = REAL(fdatasync);
    return is_file_below(descriptor) && strikes(kind_fsync) ? -1 : real(descriptor);
}

int rename(const char *from, const char *to) {
    static __typeof__(&rename) real;
    if (!real) real = REAL(rename);
    return is_below(from) && strikes(kind_rename) ? -1 : real(from, to);
}

static int open_file(int at, const char *path, int flags, mode_t mode) {
    static __typeof__(&openat) real;
    if (!real) real = REAL(openat);
    return is_below(path) && strikes(kind_open) ? -1 : real(at, path, flags, mode);
}

static mode_t mode_of(int flags, va_list *rest) {
    return flags & (O_CREAT | __O_TMPFILE) ? (mode_t)va_arg(*rest, int) : 0;
}

#define OPEN(name)                                      \
    int name(const char *path, int flags, ...) {        \
        va_list rest;                                   \
        va_start(rest, flags);                          \
        mode_t mode = mode_of(flags, &rest);            \
        va_end(rest);                                   \
        return open_file(AT_FDCWD, path, flags, mode);  \
    }
OPEN(open)
OPEN(open64)

DIR *opendir(const char *path) {
    static __typeof__(&opendir) real;
    if (!real) real = REAL(opendir);
    return is_below(path) && strikes(kind_open) ? NULL : real(path);
}

int connect(int descriptor, const struct sockaddr *address, socklen_t size) {
    static __typeof__(&connect) real;
    if (!real) real = REAL(connect);
    return address->sa_family == AF_INET && strikes(kind_connect) ? -1 : real(descriptor, address, size);
}
