#ifndef GATEHOUSE_CSCAN_H
#define GATEHOUSE_CSCAN_H
#include <stddef.h>
#include <stdint.h>

/*
 * The loops that go over every byte of a log. They are C because Swift compiles for the oldest processor of its kind
 * only; these are compiled for several, and the first call chooses.
 */

/* Whether all bytes are below 0x80. */
int gatehouse_is_ascii(const uint8_t *text, size_t bytes);

/*
 * Whether there is a backslash anywhere, or a place i with text[i] == '"', text[i + 1] == first and
 * text[i + distance] == '"', where i + distance < bytes. distance > 0.
 */
int gatehouse_has_quoted(const uint8_t *text, size_t bytes, uint8_t first, size_t distance);

/* The bits of the places that hold '"' or '\\', the lowest for text[0]. 64 bytes must be readable. */
uint64_t gatehouse_quote_marks(const uint8_t *text);

/* The same for the places that hold '"', '\\', a control character (below 0x20) or a byte above 0x7f. */
uint64_t gatehouse_string_marks(const uint8_t *text);

/*
 * For tests: has this process use the loops for one kind of processor from now on. Returns 0, and changes nothing, where
 * this processor is not of that kind or later.
 */
enum gatehouse_scan_kind { gatehouse_scan_any = 1, gatehouse_scan_avx2, gatehouse_scan_avx512 };
int gatehouse_scan_choose(enum gatehouse_scan_kind kind);

/* Has the processor fetch the cache lines of these bytes, because they will be written soon. Never faults. */
static inline void gatehouse_prefetch_for_writing(const void *memory, size_t bytes) {
    for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch((const char *)memory + i, 1, 2);
}
#endif
