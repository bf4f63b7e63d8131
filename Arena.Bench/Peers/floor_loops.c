// What a machine needs at least for W2 to W8 and W11, in C, step by step: where a promise is missed, the quick table
// has it beside it. Nothing here is an allocator: the loops do what one with Arena's checks cannot avoid, on the same
// memory as the workloads of Arena.Bench/Workloads, with the same numbers.
// All of them: cc -O3 -march=native -fno-tree-vectorize floor_loops.c -o floors && taskset -c 1 ./floors
// One of them: ./floors WORKLOAD; it then answers as peer_loops.c does, and the quick table runs it beside the others.
#include <immintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LIVE = 100000, SLOTS = 131072, ROUNDS = 31, REPLACED = 1000000 };
typedef struct { uint64_t value, rest[7]; } node;

static uint64_t seed = 0x9E3779B97F4A7C15u;
static inline uint64_t next(uint64_t *s) { uint64_t x = *s; x ^= x << 13; x ^= x >> 7; x ^= x << 17; return *s = x; }
static inline uint32_t below(uint64_t random, uint32_t n) { return (uint32_t)(((random >> 32) * n) >> 32); }
static void bad(void) __attribute__((noreturn, noinline, cold));
static void bad(void) { abort(); }

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

static uint64_t sink;
static long replaced = REPLACED; // replacements in one call of a loop

// The best of many rounds, each after an untimed one.
#define TIME(name, count, call) do { \
        double best = 1e18; \
        for (int round = 0; round < ROUNDS; round++) { \
            sink += call; \
            double from = now(); \
            sink += call; \
            double took = now() - from; \
            if (took < best) best = took; \
        } \
        printf("  %-58s %6.2f ns\n", name, best / (double)(count)); \
    } while (0)

// --- W2: free a random one of 100,000, allocate, write. What a pool keeps is volatile: others share the object.
typedef struct { volatile uint64_t last; node *volatile slots; volatile uint64_t count; uint64_t *volatile bits; } pool;
static pool pools[1];
static node *live[LIVE];

#define RANGE uint64_t offset = (uint64_t)slot - (uint64_t)p->slots, index = offset >> 6 | offset << 58; \
    if (index >= p->count) bad()
#define CHECK RANGE; if (p->bits[index >> 6] >> (index & 63) & 1) bad()
#define REPLACE(name, body) static __attribute__((noinline)) uint64_t name(pool *p) { \
        uint64_t s = seed, sum = 0; \
        for (long i = 0; i < replaced; i++) { \
            node **at = live + below(next(&s), LIVE), *slot = *at, *taken = slot; \
            body; \
            taken->value = s; sum += taken->value; *at = taken; \
        } \
        seed = s; return sum + p->count; \
    }
REPLACE(w2_same, )
REPLACE(w2_range, RANGE)
REPLACE(w2_check, CHECK)
REPLACE(w2_state, CHECK; p->last = ~(uint64_t)slot; taken = (node *)~p->last; p->last = (uint64_t)taken)
REPLACE(w2_whole,
    uint64_t last = p->last;
    if ((uint64_t)slot == last) p->last = ~last;
    else { CHECK; if ((int64_t)last < 0) bad(); p->last = ~(uint64_t)slot; }
    last = p->last; if ((int64_t)last >= 0) bad();
    taken = (node *)~last; p->last = (uint64_t)taken)

// --- W4: visit the live ones of 131,072.
static node *field, *dense;
static uint64_t used[SLOTS / 64];
static uint32_t lives[SLOTS];
static int live_count;

static __attribute__((noinline)) uint64_t w4_dense(void) {
    uint64_t sum = 0;
    for (int i = 0; i < live_count; i++) sum += ((volatile node *)dense)[i].value;
    return sum;
}

static __attribute__((noinline)) uint64_t w4_known(void) {
    uint64_t sum = 0;
    for (int i = 0; i < live_count; i++) sum += field[lives[i]].value;
    return sum;
}

static __attribute__((noinline)) uint64_t w4_bits(void) {
    uint64_t sum = 0;
    for (int word = 0; word < SLOTS / 64; word++)
        for (uint64_t bits = used[word]; bits; bits &= bits - 1) sum += field[64 * word + __builtin_ctzll(bits)].value;
    return sum;
}

// --- W5: replace one of 20,000 of 16 B to 4 KiB, as the heap does while its magazines have what is asked for: frames
// with a table of segments, a class for every 512 bytes and a live bit for every 16; a magazine for each class. The
// same for W6-larson, without the other worker and without new threads.
enum { MIXED = 20000, LARSON = 5000, EXCHANGE = 10000, LARGEST = 4096 };
enum { FRAME = 2 << 20, FRAMES = 64, CLASSES = 128, MAGAZINE = 512, FULL = 1 };
typedef struct { uint8_t classes[FRAME / 512]; uint64_t live[FRAME / 1024]; } segment;

static uint64_t magazines[CLASSES][MAGAZINE + 2], *tops[CLASSES], table[FRAMES];
static uint8_t class_of[LARGEST / 16 + 1];
static int bytes_of[CLASSES], gap_percent;
static char *frames, *unused, *end, *mixed[MIXED];

static inline int mixed_size(uint64_t random) {
    uint64_t least = 16ull << (((random & 0xFFFF) * 8) >> 16);
    return (int)(least + ((random >> 16) & (least - 1)));
}

// As Xorshift.LogNormalBytes.
static const int normal_sizes[33] = {
    8, 8, 8, 8, 8, 8, 8, 8, 8, 11, 15, 19, 24, 31, 39, 50, 64, 82, 105, 134, 172, 220, 281, 360, 461, 590, 756, 967,
    1238, 1585, 2028, 2596, 3276 };

static inline int normal_size(uint64_t random) {
    int size = normal_sizes[__builtin_popcount((uint32_t)random)];
    return size + (int)((random & 0xFF) * (uint32_t)(size >> 2) >> 8);
}

static inline int exchange_size(uint64_t random) { return 8 + (int)((random & 0xFFFF) * 993 / 65536); }
static inline int larson_size(uint64_t random) { return 8 + (int)((random & 0xFFFF) * 992 / 65536); }

// An address that is no multiple of 16 keeps what it has too much, and is then no segment of the table.
#define SEGMENT_OF(a) ((uint64_t)(a) & (~(uint64_t)(FRAME - 1) | 15))
#define CLASS_AT(of, offset) ((segment *)(of))->classes[(offset) >> 9]
#define LIVE_AT(of, offset) ((segment *)(of))->live[(offset) >> 10]
#define BIT_OF(a) (1ull << ((uint64_t)(a) >> 4 & 63))

// From memory that nobody had: small places in pages of their class; behind what is larger a gap is left.
static char *pages[CLASSES], *page_ends[CLASSES];
static char *carve_bytes(int class, int bytes);

static __attribute__((noinline)) char *carve(int class) {
    int bytes = bytes_of[class];
    if (bytes > 512) return carve_bytes(class, bytes);
    if (!pages[class] || pages[class] + bytes > page_ends[class]) {
        pages[class] = carve_bytes(class, 4096);
        page_ends[class] = pages[class] + 4096;
        uint64_t of = SEGMENT_OF(pages[class]), offset = (uint64_t)pages[class] - of;
        for (int i = 0; i < 8; i++) CLASS_AT(of, offset + 512 * (uint64_t)i) = (uint8_t)class;
    }
    char *place = pages[class];
    pages[class] += bytes;
    return place;
}

static char *carve_bytes(int class, int bytes) {
    if (!unused || unused + bytes + 512 > end) {
        unused = end;
        end += FRAME;
        if (unused == frames + (long)FRAMES * FRAME) bad();
        table[(uint64_t)unused / FRAME % FRAMES] = (uint64_t)unused;
        unused += (sizeof(segment) + 4095) & ~4095ul;
    }
    if (bytes == 4096) unused = (char *)(((uint64_t)unused + 511) & ~511ul);
    char *place = unused;
    unused += bytes + (bytes > 512 && bytes < 4096 ? bytes * gap_percent / 100 & ~15 : 0);
    CLASS_AT(SEGMENT_OF(place), (uint64_t)place - SEGMENT_OF(place)) = (uint8_t)class;
    return place;
}

#define MIX(name, has_live_bits, count, size, second) \
    static inline void name##_free(char *a) { \
        uint64_t of = SEGMENT_OF(a), offset = (uint64_t)a - of; \
        if (table[(uint64_t)a / FRAME % FRAMES] != of) bad(); \
        if (has_live_bits) { \
            uint64_t *word = &LIVE_AT(of, offset), live = *word; \
            if (!(live & BIT_OF(a))) bad(); \
            *word = live ^ BIT_OF(a); \
        } \
        uint64_t **top = tops + CLASS_AT(of, offset), *entry = *top; \
        if (*entry == FULL) bad(); \
        *entry = (uint64_t)a; \
        *top = entry + 1; \
    } \
    static inline char *name##_allocate(int bytes) { \
        int class = class_of[(bytes + 15) >> 4]; \
        char *a = (char *)tops[class][-1]; \
        if (a) tops[class]--; else a = carve(class); \
        if (has_live_bits) LIVE_AT(SEGMENT_OF(a), (uint64_t)a - SEGMENT_OF(a)) |= BIT_OF(a); \
        a[0] = 1; \
        a[second] = 2; \
        return a; \
    } \
    static __attribute__((noinline)) uint64_t name(void) { \
        uint64_t s = seed, sum = 0; \
        for (int i = 0; !mixed[count - 1]; i++) mixed[i] = name##_allocate(size(next(&s))); \
        for (long i = 0; i < replaced; i++) { \
            uint64_t random = next(&s); \
            int bytes = size(random); \
            char **at = mixed + below(random, count); \
            name##_free(*at); \
            *at = name##_allocate(bytes); \
            sum += (uint64_t)bytes; \
        } \
        seed = s; \
        return sum; \
    }
MIX(w5_classes, 0, MIXED, mixed_size, bytes - 1)
MIX(w5_live, 1, MIXED, mixed_size, bytes - 1)
MIX(w5_normal, 1, MIXED, normal_size, bytes - 1)
MIX(w6_exchange, 1, EXCHANGE, exchange_size, 1)
MIX(w6_classes, 0, LARSON, larson_size, 1)
MIX(w6_live, 1, LARSON, larson_size, 1)

// --- W3: allocate 100,000 of 64 B from the bits, then free them all; a pool knows its slots' range, a heap its frames.
typedef struct { uint64_t bits, *word; char *base; } cursor;
static uint32_t drain[LIVE];

static inline void next_word(cursor *c) {
    do {
        c->base += 1024;
        uint64_t of = SEGMENT_OF(c->base);
        uint64_t head = (sizeof(segment) + 1023) & ~1023ul;
        if ((uint64_t)c->base - of < head) c->base = (char *)of + head;
        c->word = &LIVE_AT(SEGMENT_OF(c->base), (uint64_t)c->base - SEGMENT_OF(c->base));
        c->bits = 0x1111111111111111 & ~*c->word;
    } while (!c->bits);
}

#define BATCH(name, check) static __attribute__((noinline)) uint64_t name(void) { \
        cursor kept, *c = &kept; \
        uint64_t sum = 0; \
        c->base = frames - 1024; \
        c->bits = 0; \
        for (int i = 0; i < LIVE; i++) { \
            if (!c->bits) next_word(c); \
            uint64_t bits = c->bits, *a = (uint64_t *)(c->base + 16 * __builtin_ctzll(bits)); \
            c->bits = bits & (bits - 1); \
            if (!c->bits) *c->word = 0x1111111111111111; \
            *a = (uint64_t)i; sum += *a; live[i] = (node *)a; \
        } \
        for (int i = 0; i < LIVE; i++) { \
            uint64_t a = (uint64_t)live[drain[i]], of = SEGMENT_OF(a), offset = a - of; \
            check; \
            uint64_t *word = &LIVE_AT(of, offset), bits = *word; \
            if (!(bits & BIT_OF(a))) bad(); \
            *word = bits ^ BIT_OF(a); \
        } \
        return sum; \
    }
BATCH(w3_pool, if (a - (uint64_t)frames >= (uint64_t)FRAMES * FRAME) bad())
BATCH(w3_heap, if (table[a / FRAME % FRAMES] != of || CLASS_AT(of, offset) != 3) bad())

static void begin_batch(char order) {
    for (uint32_t i = 0; i < LIVE; i++) drain[i] = order == 'b' ? LIVE - 1 - i : i;
    for (uint32_t i = LIVE - 1; order == 'a' && i > 0; i--) {
        uint32_t j = below(next(&seed), i + 1), t = drain[i];
        drain[i] = drain[j];
        drain[j] = t;
    }
    end = frames = aligned_alloc(FRAME, (size_t)FRAMES * FRAME);
    memset(frames, 0, 16 << 20);
    for (int i = 0; i < 8; i++) {
        uint64_t of = (uint64_t)frames + (uint64_t)i * FRAME;
        table[of / FRAME % FRAMES] = of;
        memset(((segment *)of)->classes, 3, sizeof ((segment *)of)->classes);
    }
}

// --- W8-mixed: a frame's position is rounded to the alignment and compared with the end.
static int frame_sizes[1000];
typedef struct { char *volatile next, *volatile end; } frame;
static frame frame_of[1];

static __attribute__((noinline)) uint64_t w8_mixed(frame *f) {
    uint64_t sum = 0;
    for (long done = 0; done < replaced; done += 1000) {
        for (int i = 0; i < 1000; i++) {
            char *at = (char *)(((uint64_t)f->next + 15) & ~15ull);
            if ((uint64_t)(f->end - at) < (uint64_t)frame_sizes[i]) bad();
            f->next = at + frame_sizes[i];
            *(uint64_t *)at = (uint64_t)frame_sizes[i]; sum += *(uint64_t *)at;
        }
        f->next = frames;
    }
    return sum;
}

static inline int frame_size(uint64_t random) {
    uint64_t least = 16ull << (((random & 0xFFFF) * 6) >> 16);
    return (int)(least + ((random >> 16) & (least - 1)));
}

static void begin_frames(void) {
    uint64_t s = seed;
    frames = aligned_alloc(4096, 1 << 20);
    memset(frames, 0, 1 << 20);
    frame_of[0] = (frame){ frames, frames + (1 << 20) };
    for (int i = 0; i < 1000; i++) frame_sizes[i] = frame_size(next(&s));
}

// --- W7: read a random one; a slot with its generation is 72 bytes.
typedef struct { uint32_t generation, unused; node value; } slot;
static node **raw;
static slot *slots;
static uint64_t *handles;

static __attribute__((noinline)) uint64_t w7_raw(uint32_t n, long reads) {
    uint64_t s = seed, sum = 0;
    for (long i = 0; i < reads; i++) sum += raw[below(next(&s), n)]->value;
    seed = s;
    return sum;
}

static __attribute__((noinline)) uint64_t w7_handle(uint32_t n, long reads) {
    uint64_t s = seed, sum = 0;
    for (long i = 0; i < reads; i++) {
        uint64_t handle = handles[below(next(&s), n)], index = handle & 0xFFFFFFFF;
        if (index >= n || slots[index].generation != handle >> 32) bad();
        sum += slots[index].value.value;
    }
    seed = s;
    return sum;
}

// A table has the generation and the address of what may move.
typedef struct { uint64_t generation; node *value; } row;
static row *rows;

static __attribute__((noinline)) uint64_t w7_moved(uint32_t n, long reads) {
    uint64_t s = seed, sum = 0;
    for (long i = 0; i < reads; i++) {
        uint64_t handle = handles[below(next(&s), n)], index = handle & 0xFFFFFFFF;
        if (index >= n || rows[index].generation != handle >> 32) bad();
        sum += rows[index].value->value;
    }
    seed = s;
    return sum;
}

static void *memory(size_t bytes) { return aligned_alloc(4096, (bytes + 4095) & ~(size_t)4095); }

static void begin_replacements(void) {
    node *nodes = memory((LIVE + 64) * sizeof(node));
    for (int i = 0; i < LIVE; i++) { live[i] = nodes + i; live[i]->value = (uint64_t)i; }
    pools[0] = (pool){ (uint64_t)(nodes + LIVE), nodes, LIVE + 1, calloc(LIVE / 64 + 2, 8) };
}

static void replacements(void) {
    begin_replacements();
    puts("W2, 100,000 of 64 B alive, per replacement");
    TIME("write to a random one and put it back", REPLACED, w2_same(pools));
    TIME("+ is it a slot of the pool?", REPLACED, w2_range(pools));
    TIME("+ is it live?", REPLACED, w2_check(pools));
    TIME("+ the pool's word is written, read and written", REPLACED, w2_state(pools));
    TIME("+ the branches on that word: all of Free and Allocate", REPLACED, w2_whole(pools));
}

static void begin_walks(int percent) {
    if (!field) {
        field = memory(SLOTS * sizeof(node));
        dense = memory(SLOTS * sizeof(node));
        for (int i = 0; i < SLOTS; i++) field[i].value = dense[i].value = 0; // what was never written shares one page
    }
    uint64_t s = 0x9E3779B97F4A7C15u;
    live_count = 0;
    for (int i = 0; i < SLOTS; i++) {
        int is_live = below(next(&s), 100) < (uint32_t)percent;
        used[i / 64] = (i % 64 ? used[i / 64] : 0) | (uint64_t)is_live << i % 64;
        if (is_live) lives[live_count++] = (uint32_t)i;
    }
}

static void walks(int percent) {
    begin_walks(percent);
    printf("W4, %d %% of 131,072 of 64 B, per live one\n", percent);
    TIME("dense array", live_count, w4_dense());
    TIME("where they lie, from a list of the live ones", live_count, w4_known());
    TIME("where they lie, from the bits", live_count, w4_bits());
}

static void begin_mix(int percent) {
    free(frames);
    end = frames = aligned_alloc(FRAME, (size_t)FRAMES * FRAME);
    unused = NULL;
    gap_percent = percent;
    memset(mixed, 0, sizeof mixed);
    memset(table, 0, sizeof table);
    memset(pages, 0, sizeof pages);
    for (int bytes = 16; bytes <= LARGEST; bytes += 16) {
        int last = bytes - 1, doubling = 31 - __builtin_clz((unsigned)last);
        class_of[bytes >> 4] = (uint8_t)(last < 1024 ? last >> 4 : (last >> (doubling - 5)) + 32 * (doubling - 9));
        bytes_of[class_of[bytes >> 4]] = bytes;
    }
    for (int i = 0; i < CLASSES; i++) {
        magazines[i][0] = 0;
        magazines[i][MAGAZINE + 1] = FULL;
        tops[i] = &magazines[i][1];
    }
}

static void mixes(int percent, const char *how) {
    printf("W5, 20,000 of 16 B to 4 KiB alive, %s, per replacement\n", how);
    begin_mix(percent);
    TIME("owner, class and magazine", REPLACED, w5_classes());
    begin_mix(percent);
    TIME("+ is it live?: all of Free and Allocate", REPLACED, w5_live());
}

static void larson(void) {
    puts("W6-larson, 5,000 of 8 to 999 B alive, one worker, per replacement");
    begin_mix(0);
    TIME("owner, class and magazine", REPLACED, w6_classes());
    begin_mix(0);
    TIME("+ is it live?: all of Free and Allocate", REPLACED, w6_live());
}

static void begin_reads(uint32_t n) {
    node *nodes = memory(n * sizeof(node));
    raw = memory(n * sizeof(*raw));
    slots = memory(n * sizeof(slot));
    handles = memory(n * sizeof(*handles));
    rows = memory(n * sizeof(*rows));
    for (uint32_t i = 0; i < n; i++) {
        nodes[i].value = slots[i].value.value = i;
        raw[i] = nodes + i;
        slots[i].generation = 77;
        rows[i] = (row){ 77, nodes + i };
        handles[i] = 77ull << 32 | i;
    }
}

static void reads(uint32_t n, long count) {
    begin_reads(n);
    printf("W7, %u live ones, per read\n", n);
    TIME("raw pointer", count, w7_raw(n, count));
    TIME("index and generation, checked", count, w7_handle(n, count));
}

// --- W11: replace one of 100,000 of 64 B with what a guard does: a header of 32 B with its check, zones of 16 B that
// are verified at the free, a fill of what is freed, verified when it is used again, and a queue of 1 MiB in between.
enum { FRONT = 48, PLACE = 128, OBJECT = 64, WAITING = (1 << 20) / PLACE };
enum { FRESH = 0xCB, FREED = 0xDF, ZONE = 0xFD };
static char *guarded[LIVE], *queue[WAITING];
static unsigned queue_first;

static inline void fill(char *at, int bytes, int pattern) {
    for (int i = 0; i < bytes; i += 16) _mm_storeu_si128((__m128i *)(at + i), _mm_set1_epi8((char)pattern));
}

static inline void verify(const char *at, int bytes, int pattern) {
    __m128i others = _mm_setzero_si128(), all = _mm_set1_epi8((char)pattern);
    for (int i = 0; i < bytes; i += 16)
        others = _mm_or_si128(others, _mm_xor_si128(all, _mm_loadu_si128((__m128i *)(at + i))));
    if (_mm_movemask_epi8(_mm_cmpeq_epi8(others, _mm_setzero_si128())) != 0xFFFF) bad();
}

static inline uint32_t check_of(const uint64_t *header) {
    uint64_t one = 12345, other = 67890;
    one = __builtin_ia32_crc32di(one, header[0]);
    other = __builtin_ia32_crc32di(other, header[1]);
    one = __builtin_ia32_crc32di(one, header[2]);
    return (uint32_t)(__builtin_ia32_crc32di(one, (uint64_t)header) ^ other << 1);
}

static inline void write_header(char *place, uint64_t state) {
    uint64_t *header = (uint64_t *)place;
    header[0] = state << 56 | OBJECT;
    header[1] = PLACE / 16;
    header[2] = 0;
    header[3] = (uint64_t)check_of(header) << 32;
}

#define HEADER if (((uint64_t *)(o - FRONT))[3] >> 32 != check_of((uint64_t *)(o - FRONT))) bad()
#define ZONES verify(o - 16, 16, ZONE); verify(o + OBJECT, 16, ZONE)
#define WAIT { char *last = o; o = queue[queue_first]; queue[queue_first] = last; \
    queue_first = (queue_first + 1) % WAITING; \
    __builtin_prefetch(queue[queue_first] - FRONT); __builtin_prefetch(queue[queue_first] + 16); }
#define AGAIN verify(o - 16, 96, FREED); fill(o - 16, 16, ZONE); fill(o + OBJECT, 16, ZONE); fill(o, OBJECT, FRESH)
#define GUARD(name, body) static __attribute__((noinline)) uint64_t name(void) { \
        uint64_t s = seed, sum = 0; \
        for (long i = 0; i < replaced; i++) { \
            char **at = guarded + below(next(&s), LIVE), *o = *at; \
            sum += *(uint64_t *)o; \
            body; \
            *(volatile uint64_t *)o = 1; *(volatile uint64_t *)(o + OBJECT - 8) = 2; *at = o; \
        } \
        seed = s; return sum; \
    }
GUARD(w11_touch, )
GUARD(w11_wait, WAIT)
GUARD(w11_fill, ZONES; fill(o - 16, 96, FREED); WAIT; AGAIN)
GUARD(w11_all,
    HEADER; ZONES; write_header(o - FRONT, 2); fill(o - 16, 96, FREED); WAIT; AGAIN; write_header(o - FRONT, 1))

static void guards(void) {
    char *places = memory((size_t)(LIVE + WAITING) * PLACE);
    for (int i = 0; i < LIVE + WAITING; i++) {
        char *o = places + (size_t)i * PLACE + FRONT;
        if (i < LIVE) guarded[i] = o;
        else queue[i - LIVE] = o;
        fill(o - 16, 96, FREED);
        if (i >= LIVE) continue;
        fill(o - 16, 16, ZONE);
        fill(o + OBJECT, 16, ZONE);
        write_header(o - FRONT, 1);
    }
    puts("W11, 100,000 of 64 B alive, per replacement");
    TIME("headers, zones, fills, verified, and a queue of 1 MiB", REPLACED, w11_all());
    TIME("without headers", REPLACED, w11_fill());
    TIME("the queue alone", REPLACED, w11_wait());
    TIME("nothing but the object", REPLACED, w11_touch());
}

// What is asked for, and returns how many operations one step of it is; 0 if there is no such loop.
static long begin(const char *workload) {
    if (!strcmp(workload, "W2")) return begin_replacements(), 1;
    if (!strncmp(workload, "W3", 2)) return begin_batch(workload[2]), LIVE;
    if (!strncmp(workload, "W4-", 3)) return begin_walks(atoi(workload + 3)), live_count;
    if (!strcmp(workload, "W5-4K") || !strcmp(workload, "W5-normal")) return begin_mix(0), 1;
    if (!strcmp(workload, "W6-larson") || !strcmp(workload, "W6-exchange")) return begin_mix(0), 1;
    if (!strcmp(workload, "W7-10K")) return begin_reads(10000), 1;
    if (!strncmp(workload, "W7-1M", 5)) return begin_reads(1000000), 1;
    if (!strcmp(workload, "W8-mixed")) return begin_frames(), 1000;
    return 0;
}

static uint64_t steps(const char *workload, long count) {
    int is_pool = strstr(workload, "-pool") != NULL;
    replaced = count;
    if (!strcmp(workload, "W2")) return w2_whole(pools);
    if (!strcmp(workload, "W5-4K")) return w5_live();
    if (!strcmp(workload, "W5-normal")) return w5_normal();
    if (!strcmp(workload, "W6-larson")) return w6_live();
    if (!strcmp(workload, "W6-exchange")) return w6_exchange();
    if (!strcmp(workload, "W7-10K")) return w7_handle(10000, count);
    if (!strcmp(workload, "W7-1M")) return w7_handle(1000000, count);
    if (!strcmp(workload, "W7-1M-moved")) return w7_moved(1000000, count);
    if (!strcmp(workload, "W8-mixed")) return replaced *= 1000, w8_mixed(frame_of);
    uint64_t sum = 0;
    for (; count > 0; count--) {
        sum += workload[1] == '4' ? w4_bits() : is_pool ? w3_pool() : w3_heap();
        __asm__ volatile("" ::: "memory"); // nothing that was read stays known
    }
    return sum;
}

static int serve(const char *workload) {
    long step = begin(workload);
    if (!step) return 2;
    puts("floor");
    fflush(stdout);
    for (long ops; scanf("%ld", &ops) == 1;) {
        long count = ops < step ? 1 : ops / step;
        sink += steps(workload, count);
        double from = now();
        sink += steps(workload, count);
        double took = (now() - from) * (double)ops / (double)(count * step);
        printf("%lld %llu\n", (long long)took, (unsigned long long)sink);
        fflush(stdout);
    }
    return 0;
}

int main(int count, char **arguments) {
    if (count == 2) return serve(arguments[1]);
    replacements();
    walks(100);
    walks(50);
    walks(5);
    mixes(0, "one behind the other");
    mixes(45, "on a third more pages, as in the heap");
    larson();
    reads(10000, REPLACED);
    reads(1000000, REPLACED);
    guards();
    return sink == 1;
}
