/* Preloaded (LD_PRELOAD), makes a program's N-th call fail, or kills the program there.

   SPIKEWELL_FAULT_BELOW   only files below this folder are looked at, an absolute path
   SPIKEWELL_FAULT_CALLS   which kinds are counted together: sum of 1 << fault_call
   SPIKEWELL_FAULT_AT      the call that fails, from 1; 0 or unset: none. Threads: also all later ones
   SPIKEWELL_FAULT_ERRNO   what it fails with; 0 or unset: SIGKILL before the call, in a write after half of it
   SPIKEWELL_FAULT_BYTES   so many bytes can be written in all, then ENOSPC; unset: any
   SPIKEWELL_FAULT_REPORT  file for struct fault_report

   What a failed close or fsync had to write is lost, as it would be: the bytes behind what the file had
   when it was opened, or at its last flush, become zeros. A
   fsync that does not fail does nothing: it takes long, and what is lost without it shows only when
   the power goes. */

#define _GNU_SOURCE

#include "fault_report.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MAX_DESCRIPTORS = 4096 };

enum {
    WATCHED = 1,  /* a file below the folder */
    WRITABLE = 2, /* opened for writing */
    UNFLUSHED = 4
};

static struct {
    char below[PATH_MAX];
    size_t below_length;
    unsigned calls;
    uint64_t at;
    int error;
    uint64_t bytes;
    struct fault_report* report;
    unsigned char descriptors[MAX_DESCRIPTORS];
    off_t flushed[MAX_DESCRIPTORS]; /* so many bytes are on the disk */
} state;

static struct fault_report own_report; /* where no file is asked for */

static uint64_t number_of(const char* name, uint64_t otherwise) {
    const char* text = getenv(name);
    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

static void map_report(const char* path) {
    const int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    if (file < 0 || syscall(SYS_ftruncate, file, sizeof(struct fault_report)) != 0) return;
    void* mapped = mmap(NULL, sizeof(struct fault_report), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) state.report = mapped;
    syscall(SYS_close, file);
}

__attribute__((constructor)) static void begin(void) {
    const char* below = getenv("SPIKEWELL_FAULT_BELOW");
    state.report = &own_report;
    if (below == NULL || strlen(below) >= sizeof(state.below)) return;
    state.calls = (unsigned)number_of("SPIKEWELL_FAULT_CALLS", 0);
    state.at = number_of("SPIKEWELL_FAULT_AT", 0);
    state.error = (int)number_of("SPIKEWELL_FAULT_ERRNO", 0);
    state.bytes = number_of("SPIKEWELL_FAULT_BYTES", UINT64_MAX);
    if (getenv("SPIKEWELL_FAULT_REPORT") != NULL) map_report(getenv("SPIKEWELL_FAULT_REPORT"));
    strcpy(state.below, below);
    state.below_length = strlen(below); /* last: from here on calls are looked at */
}

static _Noreturn void die(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;)
        pause();
}

/* The path without "." and "..", in place. */
static void tidy(char* path) {
    char* end = path;
    const char* from = path;
    while (*from != '\0') {
        while (*from == '/')
            ++from;
        size_t n = strcspn(from, "/");
        if (n == 2 && from[0] == '.' && from[1] == '.') {
            while (end > path && *--end != '/') {}
        } else if (n > 0 && !(n == 1 && from[0] == '.')) {
            *end++ = '/';
            memmove(end, from, n);
            end += n;
        }
        from += n;
    }
    *end = '\0';
}

static int is_below(int folder, const char* path, char* whole) {
    char link[64];
    size_t length = 0;
    if (state.below_length == 0 || path == NULL) return 0;
    if (path[0] != '/') {
        ssize_t got;
        if (folder == AT_FDCWD)
            strcpy(link, "/proc/self/cwd");
        else
            snprintf(link, sizeof(link), "/proc/self/fd/%d", folder);
        got = syscall(SYS_readlinkat, AT_FDCWD, link, whole, PATH_MAX - 1);
        if (got < 0) return 0;
        length = (size_t)got;
    }
    if (length + 1 + strlen(path) >= PATH_MAX) return 0;
    whole[length] = '/';
    strcpy(whole + length + 1, path);
    tidy(whole);
    return strncmp(whole, state.below, state.below_length) == 0 &&
           (whole[state.below_length] == '/' || whole[state.below_length] == '\0');
}

static int flags_of(int descriptor) {
    return descriptor >= 0 && descriptor < MAX_DESCRIPTORS ? state.descriptors[descriptor] : 0;
}

static void set_flags(int descriptor, int flags) {
    if (descriptor >= 0 && descriptor < MAX_DESCRIPTORS)
        state.descriptors[descriptor] = (unsigned char)flags;
}

/* All there is now is on the disk. */
static void set_flushed(int descriptor) {
    struct stat file;
    if (descriptor >= 0 && descriptor < MAX_DESCRIPTORS && syscall(SYS_fstat, descriptor, &file) == 0)
        state.flushed[descriptor] = file.st_size;
}

/* Counts a call; 1 when this one is to be hit. */
static int is_hit(enum fault_call call, const char* path) {
    __atomic_fetch_add(&state.report->calls[call], 1, __ATOMIC_RELAXED);
    if ((state.calls >> call & 1U) == 0) return 0;
    const uint64_t count = __atomic_add_fetch(&state.report->counted, 1, __ATOMIC_RELAXED);
    if (state.at == 0 || count < state.at || (count > state.at && call != FAULT_THREAD)) return 0;
    state.report->struck = 1;
    state.report->call = call;
    strncpy(state.report->path, path, sizeof(state.report->path) - 1);
    return 1;
}

/* The same; hit calls end here by a kill or return 1 with errno set. */
static int fails(enum fault_call call, const char* path) {
    if (!is_hit(call, path)) return 0;
    if (state.error == 0) die();
    errno = state.error;
    return 1;
}

static int path_fails(enum fault_call call, int folder, const char* path) {
    char whole[PATH_MAX];
    return is_below(folder, path, whole) && fails(call, whole);
}

#define REAL(type, name) \
    static type (*real)();       \
    if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, name)

/* --- open --- */

static int open_at(int folder, const char* path, int flags, mode_t mode) {
    char whole[PATH_MAX];
    const int watched = is_below(folder, path, whole);
    const int writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0;
    if (watched && fails(writes ? FAULT_OPEN : FAULT_READ_OPEN, whole)) return -1;
    const int descriptor = (int)syscall(SYS_openat, folder, path, flags | O_LARGEFILE, mode);
    if (watched) set_flags(descriptor, writes ? WATCHED | WRITABLE : WATCHED);
    if (watched) set_flushed(descriptor);
    return descriptor;
}

static mode_t mode_of(int flags, va_list arguments) {
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? (mode_t)va_arg(arguments, unsigned) : 0;
}

#define OPEN(name)                                           \
    int name(const char* path, int flags, ...) {             \
        va_list arguments;                                   \
        va_start(arguments, flags);                          \
        const mode_t mode = mode_of(flags, arguments);       \
        va_end(arguments);                                   \
        return open_at(AT_FDCWD, path, flags, mode);         \
    }
#define OPEN_AT(name)                                        \
    int name(int folder, const char* path, int flags, ...) { \
        va_list arguments;                                   \
        va_start(arguments, flags);                          \
        const mode_t mode = mode_of(flags, arguments);       \
        va_end(arguments);                                   \
        return open_at(folder, path, flags, mode);           \
    }
OPEN(open)
OPEN(open64)
OPEN(__open_2)
OPEN(__open64_2)
OPEN_AT(openat)
OPEN_AT(openat64)
OPEN_AT(__openat_2)
OPEN_AT(__openat64_2)

int creat(const char* path, mode_t mode) {
    return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
int creat64(const char* path, mode_t mode) {
    return creat(path, mode);
}

/* In libc, these make files without a call of `open` that could be seen. */
#define MAKES_TEMPORARY(name, parameters, passed)              \
    int name parameters {                                     \
        REAL(int, #name);                                     \
        char whole[PATH_MAX];                                 \
        const int watched = is_below(AT_FDCWD, path, whole);  \
        if (watched && fails(FAULT_OPEN, whole)) return -1;   \
        const int descriptor = real passed;                   \
        if (watched) set_flags(descriptor, WATCHED | WRITABLE); \
        if (watched) set_flushed(descriptor); \
        return descriptor;                                    \
    }
MAKES_TEMPORARY(mkstemp, (char* path), (path))
MAKES_TEMPORARY(mkstemp64, (char* path), (path))
MAKES_TEMPORARY(mkostemp, (char* path, int flags), (path, flags))
MAKES_TEMPORARY(mkostemp64, (char* path, int flags), (path, flags))
MAKES_TEMPORARY(mkstemps, (char* path, int suffix), (path, suffix))
MAKES_TEMPORARY(mkostemps, (char* path, int suffix, int flags), (path, suffix, flags))

#define OPEN_STREAM(name)                                                          \
    FILE* name(const char* path, const char* mode) {                               \
        REAL(FILE*, #name);                                                        \
        const int reads = mode[0] == 'r' && strchr(mode, '+') == NULL;             \
        if (path_fails(reads ? FAULT_READ_OPEN : FAULT_OPEN, AT_FDCWD, path)) return NULL; \
        return real(path, mode);                                                   \
    }
OPEN_STREAM(fopen)
OPEN_STREAM(fopen64)

/* --- write --- */

/* How many of n bytes there is room for. */
static size_t room_for(size_t n) {
    const uint64_t before = __atomic_fetch_add(&state.report->bytes, n, __ATOMIC_RELAXED);
    if (before >= state.bytes) return 0;
    return state.bytes - before < n ? (size_t)(state.bytes - before) : n;
}

/* Whether a write of n bytes may go on, and how many of them; half of them when it kills. */
static int may_write(int descriptor, size_t* n, int* kills) {
    if ((flags_of(descriptor) & WATCHED) == 0) return 1;
    const size_t room = room_for(*n);
    if (is_hit(FAULT_WRITE, "")) {
        errno = state.error;
        *kills = state.error == 0;
        *n /= 2;
        return *kills;
    }
    if (room == 0 && *n > 0) {
        state.report->struck = 1;
        state.report->call = FAULT_WRITE;
        errno = ENOSPC;
        return 0;
    }
    *n = room;
    set_flags(descriptor, flags_of(descriptor) | UNFLUSHED);
    return 1;
}

ssize_t write(int descriptor, const void* bytes, size_t n) {
    int kills = 0;
    if (!may_write(descriptor, &n, &kills)) return -1;
    const ssize_t written = syscall(SYS_write, descriptor, bytes, n);
    if (kills) die();
    return written;
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t n, off64_t at) {
    int kills = 0;
    if (!may_write(descriptor, &n, &kills)) return -1;
    const ssize_t written = syscall(SYS_pwrite64, descriptor, bytes, n, at);
    if (kills) die();
    return written;
}
ssize_t pwrite(int descriptor, const void* bytes, size_t n, off_t at) {
    return pwrite64(descriptor, bytes, n, at);
}

/* As a short write may, only the first part. */
ssize_t writev(int descriptor, const struct iovec* parts, int n) {
    if ((flags_of(descriptor) & WATCHED) == 0) return syscall(SYS_writev, descriptor, parts, n);
    for (int k = 0; k < n; ++k) {
        if (parts[k].iov_len > 0) return write(descriptor, parts[k].iov_base, parts[k].iov_len);
    }
    return 0;
}

int posix_fallocate64(int descriptor, off64_t at, off64_t n) {
    REAL(int, "posix_fallocate64");
    if ((flags_of(descriptor) & WATCHED) != 0 && fails(FAULT_WRITE, "")) return errno;
    return real(descriptor, at, n);
}
int posix_fallocate(int descriptor, off_t at, off_t n) {
    return posix_fallocate64(descriptor, at, n);
}

static int truncate_descriptor(int descriptor, off64_t n) {
    if ((flags_of(descriptor) & WATCHED) != 0 && fails(FAULT_TRUNCATE, "")) return -1;
    return (int)syscall(SYS_ftruncate, descriptor, n);
}
int ftruncate(int descriptor, off_t n) {
    return truncate_descriptor(descriptor, n);
}
int ftruncate64(int descriptor, off64_t n) {
    return truncate_descriptor(descriptor, n);
}
int truncate(const char* path, off_t n) {
    return path_fails(FAULT_TRUNCATE, AT_FDCWD, path) ? -1 : (int)syscall(SYS_truncate, path, n);
}

/* --- flush and close --- */

static void lose_unflushed(int descriptor) {
    struct stat file;
    if ((flags_of(descriptor) & UNFLUSHED) == 0) return;
    if (syscall(SYS_fstat, descriptor, &file) != 0 || !S_ISREG(file.st_mode)) return;
    const off_t flushed = state.flushed[descriptor]; /* fewer where the file was cut since */
    syscall(SYS_ftruncate, descriptor, flushed < file.st_size ? flushed : file.st_size);
    syscall(SYS_ftruncate, descriptor, file.st_size);
}

static int flush(int descriptor) {
    if ((flags_of(descriptor) & WATCHED) == 0) return (int)syscall(SYS_fsync, descriptor);
    const int failed = fails(FAULT_SYNC, "");
    const int error = errno;
    if (failed)
        lose_unflushed(descriptor);
    else
        set_flushed(descriptor);
    set_flags(descriptor, flags_of(descriptor) & ~UNFLUSHED);
    errno = error;
    return failed ? -1 : 0;
}
int fsync(int descriptor) {
    return flush(descriptor);
}
int fdatasync(int descriptor) {
    return flush(descriptor);
}

int close(int descriptor) {
    const int failed = (flags_of(descriptor) & WRITABLE) != 0 && fails(FAULT_CLOSE, "");
    const int error = errno;
    if (failed) lose_unflushed(descriptor);
    set_flags(descriptor, 0);
    if (!failed) return (int)syscall(SYS_close, descriptor);
    syscall(SYS_close, descriptor);
    errno = error;
    return -1;
}

/* --- names --- */

int renameat2(int from, const char* path, int to, const char* new_path, unsigned flags) {
    if (path_fails(FAULT_RENAME, to, new_path)) return -1;
    return (int)syscall(SYS_renameat2, from, path, to, new_path, flags);
}
int renameat(int from, const char* path, int to, const char* new_path) {
    return renameat2(from, path, to, new_path, 0);
}
int rename(const char* path, const char* new_path) {
    return renameat2(AT_FDCWD, path, AT_FDCWD, new_path, 0);
}

int linkat(int from, const char* path, int to, const char* new_path, int flags) {
    if (path_fails(FAULT_LINK, to, new_path)) return -1;
    return (int)syscall(SYS_linkat, from, path, to, new_path, flags);
}
int link(const char* path, const char* new_path) {
    return linkat(AT_FDCWD, path, AT_FDCWD, new_path, 0);
}
int symlinkat(const char* content, int folder, const char* path) {
    if (path_fails(FAULT_LINK, folder, path)) return -1;
    return (int)syscall(SYS_symlinkat, content, folder, path);
}
int symlink(const char* content, const char* path) {
    return symlinkat(content, AT_FDCWD, path);
}

int mkdirat(int folder, const char* path, mode_t mode) {
    if (path_fails(FAULT_MKDIR, folder, path)) return -1;
    return (int)syscall(SYS_mkdirat, folder, path, mode);
}
int mkdir(const char* path, mode_t mode) {
    return mkdirat(AT_FDCWD, path, mode);
}
char* mkdtemp(char* path) {
    REAL(char*, "mkdtemp");
    return path_fails(FAULT_MKDIR, AT_FDCWD, path) ? NULL : real(path);
}

int unlinkat(int folder, const char* path, int flags) {
    if (path_fails(FAULT_UNLINK, folder, path)) return -1;
    return (int)syscall(SYS_unlinkat, folder, path, flags);
}
int unlink(const char* path) {
    return unlinkat(AT_FDCWD, path, 0);
}
int rmdir(const char* path) {
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}
int remove(const char* path) {
    if (path_fails(FAULT_UNLINK, AT_FDCWD, path)) return -1;
    if (syscall(SYS_unlinkat, AT_FDCWD, path, 0) == 0) return 0;
    return errno == EISDIR ? (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR) : -1;
}

/* --- locks --- */

int flock(int descriptor, int operation) {
    if ((flags_of(descriptor) & WATCHED) != 0 && (operation & LOCK_UN) == 0 && fails(FAULT_LOCK, ""))
        return -1;
    return (int)syscall(SYS_flock, descriptor, operation);
}

static int control(int descriptor, int command, long argument) {
    const int locks = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK ||
                      command == F_OFD_SETLKW;
    if (locks && (flags_of(descriptor) & WATCHED) != 0 && fails(FAULT_LOCK, "")) return -1;
    const int result = (int)syscall(SYS_fcntl, descriptor, command, argument);
    if (command == F_DUPFD || command == F_DUPFD_CLOEXEC) set_flags(result, flags_of(descriptor));
    return result;
}
#define CONTROL(name)                                  \
    int name(int descriptor, int command, ...) {       \
        va_list arguments;                             \
        va_start(arguments, command);                  \
        const long argument = va_arg(arguments, long); \
        va_end(arguments);                             \
        return control(descriptor, command, argument); \
    }
CONTROL(fcntl)
CONTROL(fcntl64)

/* --- reading --- */

ssize_t read(int descriptor, void* bytes, size_t n) {
    if ((flags_of(descriptor) & WATCHED) != 0 && fails(FAULT_READ, "")) return -1;
    return syscall(SYS_read, descriptor, bytes, n);
}
ssize_t pread64(int descriptor, void* bytes, size_t n, off64_t at) {
    if ((flags_of(descriptor) & WATCHED) != 0 && fails(FAULT_READ, "")) return -1;
    return syscall(SYS_pread64, descriptor, bytes, n, at);
}
ssize_t pread(int descriptor, void* bytes, size_t n, off_t at) {
    return pread64(descriptor, bytes, n, at);
}

/* --- threads --- */

int pthread_create(pthread_t* thread, const pthread_attr_t* how, void* (*run)(void*), void* of) {
    REAL(int, "pthread_create");
    if (state.below_length > 0 && fails(FAULT_THREAD, "")) return errno;
    return real(thread, how, run, of);
}
