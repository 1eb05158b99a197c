/* Stands between a program and the C library (LD_PRELOAD) and counts its calls on the files below some directories, over
   all its threads and processes: the n-th one can be its last (SIGKILL), fail, or be done by half. libuv's file calls
   go through these functions. What to do stands in a small file that the test writes and every process maps:
   see call-shim.ts. strace counts each thread for itself and costs two stops a call; this one count is exact. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { IDLE, COUNT, KILL, FAIL, FAIL_ON, TEAR, SHORT };

struct control {
  unsigned mode, target, error, reads;
  unsigned count, hits;
};

static struct control *control;
static char directories[4096];
static int trace = -1;
#define DESCRIPTORS 4096
static unsigned char watched[DESCRIPTORS];

/* The real one: ours is below, because libuv closes with syscall(SYS_close). */
static long (*real_syscall)(long, ...);

__attribute__((constructor)) static void begin(void) {
  real_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  const char *file = getenv("CALL_SHIM_CONTROL");
  const char *list = getenv("CALL_SHIM_DIRECTORIES");
  const char *log = getenv("CALL_SHIM_TRACE");
  if (!file || !list || strlen(list) >= sizeof directories) return;
  strcpy(directories, list);
  int fd = real_syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC, 0);
  if (fd < 0) return;
  void *map = mmap(0, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  real_syscall(SYS_close, fd);
  if (map == MAP_FAILED) return;
  if (log) trace = real_syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
  control = map;
}

static int is_watched_fd(int fd) { return fd >= 0 && fd < DESCRIPTORS && watched[fd]; }

/* Below one of the directories (separated by ':'), or below an open directory of theirs; queue/lock is not mail. */
static int is_watched(const char *path) {
  if (!path) return 0;
  if (strncmp(path, "/proc/self/fd/", 14) == 0) return is_watched_fd(atoi(path + 14));
  for (const char *at = directories; *at;) {
    size_t length = strcspn(at, ":");
    if (length && strncmp(path, at, length) == 0 && (path[length] == '/' || path[length] == 0))
      return strncmp(path + length, "/lock", 5) != 0;
    at += length + (at[length] == ':');
  }
  return 0;
}

enum { GO, STOP, HALF };

/* One call more. STOP: errno is set, answer with an error. HALF: write half of it (and come back to die, if TEAR). */
static int step(const char *name, const char *path, int fd, int is_write) {
  if (!control) return GO;
  unsigned mode = control->mode;
  if (mode == IDLE || (!path && !is_watched_fd(fd)) || (path && !is_watched(path))) return GO;
  unsigned n = __atomic_add_fetch(&control->count, 1, __ATOMIC_SEQ_CST);
  if (trace >= 0) {
    char line[600];
    int length = snprintf(line, sizeof line, "%u %s %.500s\n", n, name, path ? path : "");
    real_syscall(SYS_write, trace, line, length < (int)sizeof line ? length : (int)sizeof line - 1);
  }
  unsigned target = control->target;
  if (mode == COUNT || n < target || (n > target && mode != FAIL_ON)) return GO;
  __atomic_add_fetch(&control->hits, 1, __ATOMIC_SEQ_CST);
  if (mode == KILL || (mode == TEAR && !is_write)) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
  if (mode == TEAR) return HALF;
  if (mode == SHORT) return is_write ? HALF : GO;
  errno = control->error;
  return STOP;
}

static void die_if_torn(void) {
  if (control->mode == TEAR) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int opened(int fd, const char *path) {
  if (fd >= 0 && fd < DESCRIPTORS) watched[fd] = control && is_watched(path);
  return fd;
}

/* Opening to read changes nothing: it counts only when the test wants that. */
static int open_step(const char *path, int flags) {
  if (!(flags & (O_CREAT | O_TRUNC)) && !(control && control->reads)) return GO;
  return step(flags & O_CREAT ? "create" : "open", path, -1, 0);
}

#define OPEN(symbol)                                            \
  int symbol(const char *path, int flags, ...) {                \
    static int (*real)(const char *, int, ...);                 \
    va_list more;                                               \
    va_start(more, flags);                                      \
    mode_t mode = va_arg(more, mode_t);                         \
    va_end(more);                                               \
    if (!real) real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #symbol); \
    if (open_step(path, flags) == STOP) return -1;              \
    return opened(real(path, flags, mode), path);               \
  }
OPEN(open)
OPEN(open64)

/* Linux closes a descriptor whatever it answers. */
static int close_watched(int fd) {
  int fails = control && control->reads && step("close", 0, fd, 0) == STOP;
  int error = errno;
  if (fd >= 0 && fd < DESCRIPTORS) watched[fd] = 0;
  int result = real_syscall(SYS_close, fd);
  if (!fails) return result;
  errno = error;
  return -1;
}

int close(int fd) { return close_watched(fd); }

long syscall(long number, ...) {
  va_list more;
  va_start(more, number);
  long a = va_arg(more, long), b = va_arg(more, long), c = va_arg(more, long);
  long d = va_arg(more, long), e = va_arg(more, long), f = va_arg(more, long);
  va_end(more);
  if (!real_syscall) real_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  if (number == SYS_close) return close_watched(a);
  return real_syscall(number, a, b, c, d, e, f);
}

ssize_t read(int fd, void *buffer, size_t length) {
  static ssize_t (*real)(int, void *, size_t);
  if (!real) real = REAL(read);
  if (control && control->reads && step("read", 0, fd, 0) == STOP) return -1;
  return real(fd, buffer, length);
}

#define PREAD(symbol)                                              \
  ssize_t symbol(int fd, void *buffer, size_t length, off_t at) {  \
    static ssize_t (*real)(int, void *, size_t, off_t);            \
    if (!real) real = (ssize_t(*)(int, void *, size_t, off_t))dlsym(RTLD_NEXT, #symbol); \
    if (control && control->reads && step("read", 0, fd, 0) == STOP) return -1; \
    return real(fd, buffer, length, at);                           \
  }
PREAD(pread)
PREAD(pread64)

int scandir64(const char *path, struct dirent64 ***names, int (*filter)(const struct dirent64 *),
              int (*order)(const struct dirent64 **, const struct dirent64 **)) {
  static __typeof__(&scandir64) real;
  if (!real) real = REAL(scandir64);
  if (control && control->reads && step("scandir", path, -1, 0) == STOP) return -1;
  return real(path, names, filter, order);
}

int scandir(const char *path, struct dirent ***names, int (*filter)(const struct dirent *),
            int (*order)(const struct dirent **, const struct dirent **)) {
  static __typeof__(&scandir) real;
  if (!real) real = REAL(scandir);
  if (control && control->reads && step("scandir", path, -1, 0) == STOP) return -1;
  return real(path, names, filter, order);
}

ssize_t write(int fd, const void *buffer, size_t length) {
  static ssize_t (*real)(int, const void *, size_t);
  if (!real) real = REAL(write);
  int way = step("write", 0, fd, 1);
  if (way == STOP) return -1;
  ssize_t done = real(fd, buffer, way == HALF ? (length + 1) / 2 : length);
  if (way == HALF) die_if_torn();
  return done;
}

#define PWRITE(symbol)                                                   \
  ssize_t symbol(int fd, const void *buffer, size_t length, off_t at) {  \
    static ssize_t (*real)(int, const void *, size_t, off_t);            \
    if (!real) real = (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, #symbol); \
    int way = step("pwrite", 0, fd, 1);                                  \
    if (way == STOP) return -1;                                          \
    ssize_t done = real(fd, buffer, way == HALF ? (length + 1) / 2 : length, at); \
    if (way == HALF) die_if_torn();                                      \
    return done;                                                         \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

/* Half of a vector: its first buffer's half when there is one, else the first half of them. */
static ssize_t half_vector(int fd, const struct iovec *vector, int count, off_t at, int positioned) {
  struct iovec one = vector[0];
  if (count == 1) one.iov_len = (one.iov_len + 1) / 2;
  int few = count == 1 ? 1 : (count + 1) / 2;
  const struct iovec *first = count == 1 ? &one : vector;
  ssize_t done = positioned ? real_syscall(SYS_pwritev, fd, first, few, (long)at, 0L) : real_syscall(SYS_writev, fd, first, few);
  die_if_torn();
  return done;
}

ssize_t writev(int fd, const struct iovec *vector, int count) {
  static ssize_t (*real)(int, const struct iovec *, int);
  if (!real) real = REAL(writev);
  int way = step("writev", 0, fd, 1);
  if (way == STOP) return -1;
  if (way == HALF) return half_vector(fd, vector, count, 0, 0);
  return real(fd, vector, count);
}

#define PWRITEV(symbol)                                                         \
  ssize_t symbol(int fd, const struct iovec *vector, int count, off_t at) {     \
    static ssize_t (*real)(int, const struct iovec *, int, off_t);              \
    if (!real) real = (ssize_t(*)(int, const struct iovec *, int, off_t))dlsym(RTLD_NEXT, #symbol); \
    int way = step("pwritev", 0, fd, 1);                                        \
    if (way == STOP) return -1;                                                 \
    if (way == HALF) return half_vector(fd, vector, count, at, 1);              \
    return real(fd, vector, count, at);                                         \
  }
PWRITEV(pwritev)
PWRITEV(pwritev64)

#define ON_FD(symbol, parameters, arguments)            \
  int symbol parameters {                               \
    static int(*real) parameters;                       \
    if (!real) real = (int(*) parameters)dlsym(RTLD_NEXT, #symbol); \
    if (step(#symbol, 0, fd, 0) == STOP) return -1;     \
    return real arguments;                              \
  }
ON_FD(fsync, (int fd), (fd))
ON_FD(fdatasync, (int fd), (fd))
ON_FD(ftruncate, (int fd, off_t length), (fd, length))
ON_FD(ftruncate64, (int fd, off64_t length), (fd, length))
ON_FD(fchmod, (int fd, mode_t mode), (fd, mode))
ON_FD(fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid))
ON_FD(futimens, (int fd, const struct timespec times[2]), (fd, times))

#define ON_PATH(symbol, parameters, arguments, path)    \
  int symbol parameters {                               \
    static int(*real) parameters;                       \
    if (!real) real = (int(*) parameters)dlsym(RTLD_NEXT, #symbol); \
    if (step(#symbol, path, -1, 0) == STOP) return -1;  \
    return real arguments;                              \
  }
ON_PATH(link, (const char *from, const char *to), (from, to), to)
ON_PATH(rename, (const char *from, const char *to), (from, to), to)
ON_PATH(symlink, (const char *from, const char *to), (from, to), to)
ON_PATH(unlink, (const char *path), (path), path)
ON_PATH(rmdir, (const char *path), (path), path)
ON_PATH(mkdir, (const char *path, mode_t mode), (path, mode), path)
ON_PATH(chmod, (const char *path, mode_t mode), (path, mode), path)
ON_PATH(utimensat, (int fd, const char *path, const struct timespec times[2], int flags), (fd, path, times, flags), path)
