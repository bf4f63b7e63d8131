// The workloads of Arena.Bench for one C allocator, in a process of its own: whatever LD_PRELOAD put behind malloc.
// Usage: peer_loops WORKLOAD. First line out: the library that serves malloc. Then for every line "N" in, N operations
// after N untimed ones, and one line "ns sum" out. The loops mirror Arena.Bench/Workloads, number for number.
// Build: cc -O3 -fno-builtin -pthread peer_loops.c -o peer_loops   (-fno-builtin: gcc would delete malloc+free pairs)
#define _GNU_SOURCE
#include <dlfcn.h>
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

enum { LIVE = 100000, MIXED_LIVE = 20000, LARSON_LIVE = 10000, LARSON_HAND_OVER = 100000, RING = 4096 };

static uint64_t seed = 0x9E3779B97F4A7C15u;

static inline uint64_t next(uint64_t *s) { uint64_t x = *s; x ^= x << 13; x ^= x >> 7; x ^= x << 17; return *s = x; }
static inline uint32_t below(uint64_t random, uint32_t n) { return (uint32_t)(((random >> 32) * n) >> 32); }

static inline size_t mixed_size(uint64_t random, int octaves) {
    size_t least = (size_t)16 << (((random & 0xFFFF) * (uint64_t)octaves) >> 16);
    return least + ((random >> 16) & (least - 1));
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

static uint64_t mixed(int octaves, long ops) {
    uint64_t s = seed, sum = 0;
    for (int i = 0; !live[MIXED_LIVE - 1]; i++) live[i] = touched(mixed_size(next(&s), octaves));
    for (long i = 0; i < ops; i++) {
        uint64_t random = next(&s);
        size_t bytes = mixed_size(random, octaves);
        uint32_t at = below(random, MIXED_LIVE);
        free(live[at]);
        live[at] = touched(bytes);
        sum += bytes;
    }
    seed = s;
    return sum;
}

// Two threads, for life: this one and a second that sleeps between runs.
static uint64_t (*second_half)(long);
static long second_ops;
static uint64_t second_sum;
static sem_t second_begin, second_end;

// Off the core that the process was given, which the first thread keeps: see Core.PinSecond.
static void leave_core(void) {
    cpu_set_t given, others;
    if (sched_getaffinity(0, sizeof given, &given) != 0 || CPU_COUNT(&given) != 1) return;
    CPU_ZERO(&others);
    for (long cpu = 0; cpu < sysconf(_SC_NPROCESSORS_CONF) && cpu < CPU_SETSIZE; cpu++)
        if (!CPU_ISSET(cpu, &given)) CPU_SET(cpu, &others);
    sched_setaffinity(0, sizeof others, &others);
}

static void *second_thread(void *unused) {
    leave_core();
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

static void *tables[2][LARSON_LIVE];
static int swapped;

static uint64_t larson_half(int half, long ops) {
    void **table = tables[half ^ swapped];
    uint64_t s = seed + (uint64_t)half, sum = 0;
    for (long i = 0; i < ops; i++) {
        uint64_t random = next(&s);
        uint32_t at = below(random, LARSON_LIVE);
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

static uint64_t larson_first(long ops) { return larson_half(0, ops); }
static uint64_t larson_second(long ops) { return larson_half(1, ops); }

static uint64_t larson(long ops) {
    uint64_t sum = 0;
    for (long done = 0; done < ops; done += LARSON_HAND_OVER) {
        sum += two_threads(larson_first, larson_second, LARSON_HAND_OVER);
        swapped ^= 1; // next time each thread frees what the other one allocated
        next(&seed);
    }
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
    if (!strcmp(workload, "W5-4K")) return mixed(8, ops);
    if (!strcmp(workload, "W5-256K")) return mixed(14, ops);
    if (!strcmp(workload, "W6-larson")) return larson(ops);
    if (!strcmp(workload, "W6-handover")) return two_threads(produce, consume, ops);
    exit(2);
}

int main(int count, char **arguments) {
    Dl_info library;
    if (count != 2 || !dladdr((void *)malloc, &library)) return 2;
    printf("%s\n", library.dli_fname);
    fflush(stdout);
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
