// A peak and its scattered survivors for one C allocator, in a process of its own: whatever LD_PRELOAD put behind
// malloc. Usage: peer_survivors. First line out: the library that serves malloc. Then for the line "COUNT BYTES PERCENT" in:
// that many allocations of that many bytes, written; so many percent of them, at random, survive; the allocator is
// asked to give back all that it can; and one line "BEFORE AFTER" out, the bytes of the proportional set by which the
// process has grown. Dirty pages go back at once, where an allocator would wait.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static uint64_t seed = 0x9E3779B97F4A7C15u;

static uint32_t below(uint32_t n) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(((seed >> 32) * n) >> 32);
}

static long proportional_set(void) {
    char line[256];
    long kilobytes = 0;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "Pss: %ld", &kilobytes) == 1) break;
    if (file) fclose(file);
    return kilobytes * 1024;
}

static void give_back(void) {
    int (*control)(const char *, void *, size_t *, void *, size_t) = dlsym(RTLD_DEFAULT, "mallctl");
    void (*collect)(int) = dlsym(RTLD_DEFAULT, "mi_collect");
    void (*release)(void) = dlsym(RTLD_DEFAULT, "MallocExtension_ReleaseFreeMemory");
    int (*trim)(size_t) = dlsym(RTLD_DEFAULT, "malloc_trim");
    if (control) {
        control("thread.tcache.flush", 0, 0, 0, 0);
        control("arena.4096.purge", 0, 0, 0, 0); // all arenas
    }
    if (collect) collect(1);
    if (release) release();
    if (trim) trim(0);
}

int main(void) {
    Dl_info library;
    long count, bytes, percent;
    if (!dladdr((void *)malloc, &library)) return 2;
    printf("%s\n", library.dli_fname);
    fflush(stdout);
    if (scanf("%ld %ld %ld", &count, &bytes, &percent) != 3) return 2;
    // The addresses are no part of what is measured.
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
    char **all = mmap(0, count * sizeof *all, PROT_READ | PROT_WRITE, flags, -1, 0);
    long start = proportional_set();
    for (long i = 0; i < count; i++) memset(all[i] = malloc(bytes), 1, bytes);
    long before = proportional_set() - start;
    for (long i = 0; i < count; i++)
        if (below(100) >= percent) free(all[i]);
    give_back();
    printf("%ld %ld\n", before, proportional_set() - start);
    fflush(stdout);
    return 0;
}
