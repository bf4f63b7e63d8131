// The workloads of Arena.Bench for one C allocator, in a process of its own: whatever LD_PRELOAD put behind malloc.
// Usage: peer_loops WORKLOAD. (Or "probe": then the library's version and whether it hands a place out twice.)
// First line out: the library that serves malloc. Then for every line "N" in, N operations
// after N untimed ones, and one line "ns sum" out. The loops mirror Arena.Bench/Workloads, number for number.
// Build: cc -O3 -fno-builtin -pthread peer_loops.c -o peer_loops   (-fno-builtin: gcc would delete malloc+free pairs)
#define _GNU_SOURCE
#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LIVE = 100000, MIXED_LIVE = 20000, MIXED_FEW = 500, EXCHANGE_LIVE = 10000, EXCHANGE_HAND_OVER = 100000, RING = 4096 };
enum { WORKERS = 2, LARSON_LIVE = 5000, LARSON_BATCH = 500000 };

static uint64_t seed = 0x9E3779B97F4A7C15u;

static inline uint64_t next(uint64_t *s) { uint64_t x = *s; x ^= x << 13; x ^= x >> 7; x ^= x << 17; return *s = x; }
static inline uint32_t below(uint64_t random, uint32_t n) { return (uint32_t)(((random >> 32) * n) >> 32); }

static inline size_t mixed_size(uint64_t random, int octaves) {
    size_t least = (size_t)16 << (((random & 0xFFFF) * (uint64_t)octaves) >> 16);
    return least + ((random >> 16) & (least - 1));
}

// As Xorshift.LogNormalBytes.
static const int normal_sizes[33] = {
    8, 8, 8, 8, 8, 8, 8, 8, 8, 11, 15, 19, 24, 31, 39, 50, 64, 82, 105, 134, 172, 220, 281, 360, 461, 590, 756, 967,
    1238, 1585, 2028, 2596, 3276 };
enum { NORMAL = -1 };

static inline size_t normal_size(uint64_t random) {
    int size = normal_sizes[__builtin_popcount((uint32_t)random)];
    return (size_t)(size + (int)((random & 0xFF) * (uint32_t)(size >> 2) >> 8));
}

static inline uint64_t pair(size_t bytes, long ops) {
    uint64_t sum = 0;
    for (long i = 0; i < ops; i++) {
        uint64_t *p = malloc(bytes);
        *p = (uint64_t)i;
        sum += *p;
        free(p);
    }
    return sum;
}

static void *live[LIVE];

static uint64_t churn(long ops) {
    uint64_t s = seed, sum = 0;
    for (int i = 0; !live[LIVE - 1]; i++) { live[i] = malloc(64); *(uint64_t *)live[i] = (uint64_t)i; }
    for (long i = 0; i < ops; i++) {
        uint32_t at = below(next(&s), LIVE);
        free(live[at]);
        uint64_t *p = malloc(64);
        *p = s;
        sum += *p;
        live[at] = p;
    }
    seed = s;
    return sum;
}

static uint32_t drain[LIVE];

static void drain_order(char kind) {
    for (uint32_t i = 0; i < LIVE; i++) drain[i] = kind == 'b' ? LIVE - 1 - i : i;
    for (uint32_t i = LIVE - 1; kind == 'a' && i > 0; i--) {
        uint32_t j = below(next(&seed), i + 1), t = drain[i];
        drain[i] = drain[j];
        drain[j] = t;
    }
}

static uint64_t batch(long ops) {
    uint64_t sum = 0;
    for (long done = 0; done < ops; done += LIVE) {
        for (int i = 0; i < LIVE; i++) { uint64_t *p = malloc(64); *p = (uint64_t)i; sum += *p; live[i] = p; }
        for (int i = 0; i < LIVE; i++) free(live[drain[i]]);
    }
    return sum;
}

static inline void *touched(size_t bytes) { char *p = malloc(bytes); p[0] = 1; p[bytes - 1] = 2; return p; }

// Inlined, so that its numbers are constants, as those of the loops in C# are.
static inline __attribute__((always_inline)) size_t size_of(uint64_t random, int octaves) {
    return octaves == NORMAL ? normal_size(random) : mixed_size(random, octaves);
}

static inline __attribute__((always_inline)) uint64_t mixed(int octaves, uint32_t count, long ops) {
    uint64_t s = seed, sum = 0;
    for (int i = 0; !live[count - 1]; i++) live[i] = touched(size_of(next(&s), octaves));
    for (long i = 0; i < ops; i++) {
        uint64_t random = next(&s);
        size_t bytes = size_of(random, octaves);
        uint32_t at = below(random, count);
        free(live[at]);
        live[at] = touched(bytes);
        sum += bytes;
    }
    seed = s;
    return sum;
}

static inline void *both_ends(size_t bytes) {
    char *p = malloc(bytes);
    *(uint64_t *)p = 1;
    memcpy(p + bytes - 8, &(uint64_t){2}, 8);
    return p;
}

// What is freed is read first, as what checks it must.
static inline __attribute__((always_inline)) uint64_t checked(int octaves, uint32_t count, long ops) {
    uint64_t s = seed, sum = 0;
    for (int i = 0; !live[count - 1]; i++) live[i] = both_ends(octaves ? mixed_size(next(&s), octaves) : 64);
    for (long i = 0; i < ops; i++) {
        uint64_t random = next(&s);
        uint32_t at = below(random, count);
        sum += *(uint64_t *)live[at];
        free(live[at]);
        live[at] = both_ends(octaves ? mixed_size(random, octaves) : 64);
    }
    seed = s;
    return sum;
}

// Two threads, for life: this one and a second that sleeps between runs.
static uint64_t (*second_half)(long);
static long second_ops;
static uint64_t second_sum;
static sem_t second_begin, second_end;

// The core that the process was given, which the first thread keeps, and those that the second one has: see Core.
static cpu_set_t cores[2];

static void find_cores(void) {
    if (sched_getaffinity(0, sizeof cores[0], &cores[0]) != 0) return;
    cores[1] = cores[0];
    if (CPU_COUNT(&cores[0]) != 1) return;
    for (long cpu = 0; cpu < sysconf(_SC_NPROCESSORS_CONF) && cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &cores[0])) CPU_CLR(cpu, &cores[1]); else CPU_SET(cpu, &cores[1]);
}

static void pin_worker(int number) { sched_setaffinity(0, sizeof cores[number], &cores[number]); }

static void *second_thread(void *unused) {
    pin_worker(1);
    for (;;) { sem_wait(&second_begin); second_sum = second_half(second_ops); sem_post(&second_end); }
    return unused;
}

static uint64_t two_threads(uint64_t (*first)(long), uint64_t (*second)(long), long ops) {
    if (!second_half) {
        pthread_t thread;
        sem_init(&second_begin, 0, 0);
        sem_init(&second_end, 0, 0);
        second_half = second;
        pthread_create(&thread, NULL, second_thread, NULL);
    }
    second_ops = ops;
    sem_post(&second_begin);
    uint64_t sum = first(ops);
    sem_wait(&second_end);
    return sum + second_sum;
}

static void *tables[2][EXCHANGE_LIVE];
static int swapped;

static uint64_t exchange_half(int half, long ops) {
    void **table = tables[half ^ swapped];
    uint64_t s = seed + (uint64_t)half, sum = 0;
    for (long i = 0; i < ops; i++) {
        uint64_t random = next(&s);
        uint32_t at = below(random, EXCHANGE_LIVE);
        size_t bytes = 8 + (random & 0xFFFF) * 993 / 65536;
        free(table[at]);
        char *p = malloc(bytes);
        p[0] = 1;
        p[1] = 2;
        table[at] = p;
        sum += bytes;
    }
    return sum;
}

static uint64_t exchange_first(long ops) { return exchange_half(0, ops); }
static uint64_t exchange_second(long ops) { return exchange_half(1, ops); }

static uint64_t exchange(long ops) {
    uint64_t sum = 0;
    for (long done = 0; done < ops; done += EXCHANGE_HAND_OVER) {
        sum += two_threads(exchange_first, exchange_second, EXCHANGE_HAND_OVER);
        swapped ^= 1; // next time each thread frees what the other one allocated
        next(&seed);
    }
    return sum;
}

// Of each worker: what it replaces at random. A thread does one batch of it, starts the next thread and ends.
static struct slice {
    _Alignas(128) void **live;
    uint64_t random, sum;
    long batches;
    int number;
    sem_t begin;
} slices[WORKERS];
static sem_t slices_end;

static inline size_t larson_size(uint64_t random) { return 8 + (random & 0xFFFF) * 992 / 65536; }

static void larson_start(struct slice *slice, void *(*work)(void *)) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, slice) != 0) exit(1);
    pthread_detach(thread);
}

static void larson_batch(struct slice *slice) {
    void **table = slice->live;
    uint64_t s = slice->random, sum = 0;
    for (long i = 0; i < LARSON_BATCH; i++) {
        uint64_t random = next(&s);
        uint32_t at = below(random, LARSON_LIVE);
        size_t bytes = larson_size(random);
        free(table[at]);
        char *p = malloc(bytes);
        p[0] = 1;
        p[1] = 2;
        table[at] = p;
        sum += bytes;
    }
    slice->random = s;
    slice->sum += sum;
}

static void *larson_worker(void *argument) {
    struct slice *slice = argument;
    pin_worker(slice->number);
    if (slice->batches > 0) { larson_batch(slice); slice->batches--; }
    if (slice->batches == 0) { sem_post(&slices_end); sem_wait(&slice->begin); }
    larson_start(slice, larson_worker);
    return NULL;
}

static void larson_await(void) { for (int i = 0; i < WORKERS; i++) sem_wait(&slices_end); }

// The main thread allocates for all, shuffles, and replaces at random; then it only waits.
static void larson_stock(void) {
    enum { COUNT = WORKERS * LARSON_LIVE };
    for (int i = 0; i < COUNT; i++) live[i] = malloc(larson_size(next(&seed)));
    for (uint32_t i = COUNT; i > 0; i--) {
        uint32_t j = below(next(&seed), i);
        void *p = live[j];
        live[j] = live[i - 1];
        live[i - 1] = p;
    }
    for (int i = 0; i < 4 * COUNT; i++) {
        uint64_t random = next(&seed);
        void **at = &live[below(random, COUNT)];
        free(*at);
        *at = malloc(larson_size(random));
    }
    sem_init(&slices_end, 0, 0);
    for (int i = 0; i < WORKERS; i++) {
        slices[i].live = live + i * LARSON_LIVE;
        slices[i].random = next(&seed);
        slices[i].number = i;
        sem_init(&slices[i].begin, 0, 0);
        larson_start(&slices[i], larson_worker);
    }
    larson_await();
}

static uint64_t larson(long ops) {
    uint64_t sum = 0;
    if (!live[0]) larson_stock();
    for (int i = 0; i < WORKERS; i++) {
        slices[i].batches = ops / LARSON_BATCH;
        slices[i].sum = 0;
        sem_post(&slices[i].begin);
    }
    larson_await();
    for (int i = 0; i < WORKERS; i++) sum += slices[i].sum;
    return sum;
}

static void *ring[RING];
// Two counters that never share a line, nor a pair of lines that a core prefetches together.
static struct { _Alignas(128) atomic_long written; _Alignas(128) atomic_long taken; } counts;

static uint64_t produce(long ops) {
    for (long i = 0, end = atomic_load(&counts.written); i < ops; i++, end++) {
        uint64_t *p = malloc(64);
        *p = (uint64_t)i;
        while (end - atomic_load_explicit(&counts.taken, memory_order_acquire) == RING) sched_yield();
        ring[end & (RING - 1)] = p;
        atomic_store_explicit(&counts.written, end + 1, memory_order_release);
    }
    return 0;
}

static uint64_t consume(long ops) {
    uint64_t sum = 0;
    for (long i = 0, at = atomic_load(&counts.taken); i < ops; i++, at++) {
        while (atomic_load_explicit(&counts.written, memory_order_acquire) == at) sched_yield();
        uint64_t *p = ring[at & (RING - 1)];
        sum += *p;
        atomic_store_explicit(&counts.taken, at + 1, memory_order_release);
        free(p);
    }
    return sum;
}

static uint64_t run(const char *workload, long ops) {
    if (!strcmp(workload, "W1")) return pair(64, ops);
    if (!strcmp(workload, "W1-48")) return pair(48, ops);
    if (!strcmp(workload, "W2")) return churn(ops);
    if (!strncmp(workload, "W3", 2)) return batch(ops);
    if (!strcmp(workload, "W5-few")) return mixed(8, MIXED_FEW, ops);
    if (!strcmp(workload, "W5-4K")) return mixed(8, MIXED_LIVE, ops);
    if (!strcmp(workload, "W5-normal")) return mixed(NORMAL, MIXED_LIVE, ops);
    if (!strcmp(workload, "W11-heap")) return checked(0, LIVE, ops);
    if (!strcmp(workload, "W11-mixed")) return checked(8, MIXED_LIVE, ops);
    if (!strcmp(workload, "W5-256K")) return mixed(14, MIXED_LIVE, ops);
    if (!strcmp(workload, "W6-larson")) return larson(ops);
    if (!strcmp(workload, "W6-exchange")) return exchange(ops);
    if (!strcmp(workload, "W6-handover")) return two_threads(produce, consume, ops);
    exit(2);
}

// The version that the library gives itself; an empty line if it has no word for it.
static void print_version(const char *file) {
    void *library = dlopen(file, RTLD_LAZY | RTLD_NOLOAD), *call;
    if (library && (call = dlsym(library, "mi_version"))) {
        int v = ((int (*)(void))call)(); // 209 in old versions, 30402 in new ones
        if (v < 10000) printf("%d.%d.%d\n", v / 100, v / 10 % 10, v % 10);
        else printf("%d.%d.%d\n", v / 10000, v / 100 % 100, v % 100);
    } else if (library && (call = dlsym(library, "tc_version"))) {
        int major, minor;
        const char *patch;
        printf("%s\n", ((const char *(*)(int *, int *, const char **))call)(&major, &minor, &patch));
    } else if (library && (call = dlsym(library, "mallctl"))) {
        const char *version = "";
        size_t bytes = sizeof version;
        ((int (*)(const char *, void *, size_t *, void *, size_t))call)("version", &version, &bytes, NULL, 0);
        printf("%s\n", version);
    } else printf("%s\n", strstr(file, "libc.so") ? gnu_get_libc_version() : "");
    fflush(stdout);
}

// Frees one of a hundred places twice, with others in between, and counts how many of the next hold what another one
// wrote. Written is their end, for a free list runs through their beginning.
static int handed_out_twice(void) {
    enum { FREED = 100, AT = 7 };
    for (int i = 0; i < FREED; i++) live[i] = malloc(64);
    void *again = live[FREED / 2];
    for (int i = 0; i < FREED; i++) free(live[i]);
    free(again);
    for (int i = 0; i < LIVE; i++) { live[i] = malloc(64); ((uint64_t *)live[i])[AT] = (uint64_t)i; }
    int twice = 0;
    for (int i = 0; i < LIVE; i++) twice += ((uint64_t *)live[i])[AT] != (uint64_t)i;
    return twice;
}

static void probe(const char *file) {
    alarm(10); // a broken free list may have no end
    print_version(file);
    printf("%d\n", handed_out_twice());
    fflush(stdout);
    _exit(0); // not through the heap that was just broken
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

// The first allocation, and then a million of 64 bytes that grow the heap; the addresses are kept in fresh pages, too.
static int grow(void) {
    enum { GROWN = 1000000 };
    static void *grown[GROWN];
    double before = now();
    *(volatile char *)malloc(64) = 1;
    double first = now();
    for (int i = 0; i < GROWN; i++) { grown[i] = malloc(64); *(uint64_t *)grown[i] = (uint64_t)i; }
    double end = now();
    printf("%.0f %.0f %.2f %d\n", first, first - before, (end - first) / GROWN, grown[GROWN / 2] != NULL);
    return 0;
}

int main(int count, char **arguments) {
    if (count == 2 && !strcmp(arguments[1], "grow")) return grow();
    Dl_info library;
    if (count != 2 || !dladdr((void *)malloc, &library)) return 2;
    printf("%s\n", library.dli_fname);
    fflush(stdout);
    if (!strcmp(arguments[1], "probe")) probe(library.dli_fname);
    find_cores();
    if (!strncmp(arguments[1], "W3", 2)) drain_order(arguments[1][2]);
    // One thread: its own time, so that other programs do not count. Two wait for each other: the wall clock.
    clockid_t clock = strncmp(arguments[1], "W6", 2) ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
    for (long ops; scanf("%ld", &ops) == 1;) {
        struct timespec from, to;
        uint64_t sum = run(arguments[1], ops);
        clock_gettime(clock, &from);
        sum += run(arguments[1], ops);
        clock_gettime(clock, &to);
        long long ns = (to.tv_sec - from.tv_sec) * 1000000000LL + (to.tv_nsec - from.tv_nsec);
        printf("%lld %llu\n", ns, (unsigned long long)sum);
        fflush(stdout);
    }
    return 0;
}
