// Replays a recorded allocation trace on one C allocator, in a process of its own: whatever LD_PRELOAD put behind
// malloc. The loop mirrors Arena.Bench/Workloads/TraceLoop.cs, branch for branch; the file is PackedTrace's.
// Usage: peer_traces FILE speed|ticks|memory. First line out: the library that serves malloc. Then
//   speed   for every line "N" in, N operations after N untimed ones, and one line "ns 0" out
//   ticks   for every line in, one replay, then one that is timed by ticks: "largest-ns p99.9-ns" out
//   memory  at once, on a fresh heap, every block written whole: "most anonymous bytes beyond those before" out
// Build: cc -O3 -fno-builtin peer_traces.c -o peer_traces -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SAMPLES = 512 };

// What stands at the beginning of the file; the events follow, then the ends of the ticks.
struct header { int64_t events, operations, places, ticks, peak_end, recorded_end; };

static struct header head;
static const uint64_t *events;
static const int64_t *tick_ends;
static void **places;

static void *aligned(size_t bytes, size_t alignment) {
    void *p = NULL;
    return posix_memalign(&p, alignment, bytes) ? NULL : p;
}

static void replay(const uint64_t *next, const uint64_t *end) {
    for (; next < end; next++) {
        uint64_t packed = *next;
        void **place = places + ((uint32_t)packed >> 2);
        size_t bytes = packed >> 32;
        uint32_t kind = packed & 3;
        if (kind == 0) *place = malloc(bytes);
        else if (kind == 1) free(*place);
        else if (kind == 2) *place = realloc(*place, bytes);
        else { next++; *place = aligned(bytes, *next); }
    }
}

static void written(void *p, size_t bytes) {
    if (!p) exit(3);
    memset(p, 1, bytes);
}

static void replay_written(const uint64_t *next, const uint64_t *end) {
    for (; next < end; next++) {
        uint64_t packed = *next;
        void **place = places + ((uint32_t)packed >> 2);
        size_t bytes = packed >> 32;
        uint32_t kind = packed & 3;
        if (kind == 0) written(*place = malloc(bytes), bytes);
        else if (kind == 1) free(*place);
        else if (kind == 2) written(*place = realloc(*place, bytes), bytes);
        else { next++; written(*place = aligned(bytes, *next), bytes); }
    }
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

static int larger(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

// The first tick holds what was alive when recording began; what comes after the last one is no tick.
static void ticks(double *times) {
    replay(events, events + tick_ends[0]);
    double from = now();
    for (int64_t i = 1; i < head.ticks; i++) {
        replay(events + tick_ends[i - 1], events + tick_ends[i]);
        double to = now();
        times[i - 1] = to - from;
        from = to;
    }
    replay(events + tick_ends[head.ticks - 1], events + head.events);
    int64_t count = head.ticks - 1;
    qsort(times, (size_t)count, sizeof *times, larger);
    printf("%.0f %.0f\n", times[0], times[count / 1000]);
}

static long anonymous_bytes(void) {
    static char text[4096];
    static int file = -1;
    if (file < 0) file = open("/proc/self/smaps_rollup", O_RDONLY);
    ssize_t length = pread(file, text, sizeof text - 1, 0);
    if (length <= 0) exit(4);
    text[length] = 0;
    const char *line = strstr(text, "\nAnonymous:");
    return line ? atol(line + 11) * 1024 : 0;
}

static void memory(void) {
    long before = anonymous_bytes(), most = 0;
    int64_t done = 0, peak = head.peak_end;
    for (int i = 1; i <= SAMPLES; i++) {
        int64_t upto = head.recorded_end * i / SAMPLES;
        // An aligned allocation is two words: not to be divided.
        if (upto > 0 && (events[upto - 1] & 3) == 3 && upto < head.recorded_end) upto++;
        for (int stop = 0; stop < 2; stop++) {
            int64_t end = stop == 0 && done < peak && peak <= upto ? peak : upto;
            replay_written(events + done, events + end);
            done = end;
            long grown = anonymous_bytes() - before;
            if (grown > most) most = grown;
            if (done == upto) break;
        }
    }
    printf("%ld\n", most);
}

static void *mapped(size_t bytes) {
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static int load(const char *path) {
    struct stat status;
    int file = open(path, O_RDONLY);
    if (file < 0 || fstat(file, &status) || read(file, &head, sizeof head) != (ssize_t)sizeof head) return 0;
    size_t bytes = (size_t)status.st_size - sizeof head;
    char *body = mapped(bytes + 1);
    for (size_t done = 0; body && done < bytes;) {
        ssize_t length = read(file, body + done, bytes - done);
        if (length <= 0) return 0;
        done += (size_t)length;
    }
    close(file);
    events = (const uint64_t *)body;
    tick_ends = (const int64_t *)(events + head.events);
    places = mapped((size_t)head.places * sizeof *places + 1);
    return body && places && bytes == (size_t)(head.events + head.ticks) * 8;
}

int main(int count, char **arguments) {
    Dl_info library;
    if (count != 3 || !dladdr((void *)malloc, &library) || !load(arguments[1])) return 2;
    printf("%s\n", library.dli_fname);
    fflush(stdout);
    if (!strcmp(arguments[2], "memory")) { anonymous_bytes(); memory(); return 0; }
    int by_ticks = !strcmp(arguments[2], "ticks");
    double *times = mapped((size_t)head.ticks * sizeof *times + 1);
    for (long ops; scanf("%ld", &ops) == 1;) {
        long replays = by_ticks ? 1 : ops / head.operations;
        for (long i = 0; i < replays; i++) replay(events, events + head.events);
        if (by_ticks) ticks(times);
        else {
            double from = now();
            for (long i = 0; i < replays; i++) replay(events, events + head.events);
            printf("%.0f 0\n", now() - from);
        }
        fflush(stdout);
    }
    return 0;
}
