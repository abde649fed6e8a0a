#include "cscan.h"

#include <stdatomic.h>
#include <string.h>

typedef uint8_t vector __attribute__((vector_size(64)));
typedef _Bool bits __attribute__((ext_vector_type(64)));

#define TARGET
#define NAME(f) f##_any
#include "loops.h"

#if defined(__x86_64__)
#undef TARGET
#undef NAME
#define TARGET __attribute__((target("avx2,bmi")))
#define NAME(f) f##_avx2
#include "loops.h"

#undef TARGET
#undef NAME
#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx2,bmi")))
#define NAME(f) f##_avx512
#include "loops.h"

static int best_kind(void) {
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi")) return gatehouse_scan_any;
    if (!__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512vl")) return gatehouse_scan_avx2;
    return gatehouse_scan_avx512;
}

static _Atomic int chosen;

static inline int kind(void) {
    int kind = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (kind == 0) atomic_store_explicit(&chosen, kind = best_kind(), memory_order_relaxed);
    return kind;
}

int gatehouse_scan_choose(enum gatehouse_scan_kind kind) {
    if ((int)kind > best_kind()) return 0;
    atomic_store_explicit(&chosen, (int)kind, memory_order_relaxed);
    return 1;
}

#define BEST(f, ...)                                                                                                   \
    switch (kind()) {                                                                                                  \
    case gatehouse_scan_avx512: return f##_avx512(__VA_ARGS__);                                                        \
    case gatehouse_scan_avx2: return f##_avx2(__VA_ARGS__);                                                            \
    default: return f##_any(__VA_ARGS__);                                                                              \
    }
#else
int gatehouse_scan_choose(enum gatehouse_scan_kind kind) {
    return kind == gatehouse_scan_any;
}

#define BEST(f, ...) return f##_any(__VA_ARGS__)
#endif

int gatehouse_is_ascii(const uint8_t *text, size_t bytes) {
    BEST(is_ascii, text, bytes);
}

int gatehouse_has_quoted(const uint8_t *text, size_t bytes, uint8_t first, size_t distance) {
    BEST(has_quoted, text, bytes, first, distance);
}

uint64_t gatehouse_quote_marks(const uint8_t *text) {
    BEST(quote_marks, text);
}

uint64_t gatehouse_string_marks(const uint8_t *text) {
    BEST(string_marks, text);
}
