#ifndef GATEHOUSE_CCODECS_H
#define GATEHOUSE_CCODECS_H
#include <stddef.h>
#include <stdint.h>

/*
 * Codecs found with dlopen when first asked for. None is needed to build or to run: every `available` function says
 * whether its library is there, and the rest must only be called when it is.
 */

/* ISA-L (libisal.so.2): gzip. One object serves one thread and is reused from body to body. */
typedef struct gatehouse_isal gatehouse_isal;

int gatehouse_isal_available(void);
/* level 0...3. Returns NULL where memory or the library is missing. */
gatehouse_isal *gatehouse_isal_create(int level);
void gatehouse_isal_destroy(gatehouse_isal *codec);
/* Starts a new gzip member. */
void gatehouse_isal_begin(gatehouse_isal *codec);
/*
 * Feeds input and takes output. `last` marks the end of the member. Adds what was consumed and produced to the two
 * counters. Returns 1 when the member is complete, 0 when it wants to be called again, -1 on an error.
 */
int gatehouse_isal_run(gatehouse_isal *codec, const uint8_t *in, size_t in_bytes, int last, uint8_t *out,
                       size_t out_bytes, size_t *consumed, size_t *produced);

/* zstd (libzstd.so.1): one frame. `compress` returns the number of bytes written, or 0 on an error; `decompress` -1. */
typedef void gatehouse_zstd;

int gatehouse_zstd_available(void);
/* A context serves one thread and is reused from body to body. Returns NULL where memory or the library is missing. */
gatehouse_zstd *gatehouse_zstd_create(void);
void gatehouse_zstd_destroy(gatehouse_zstd *codec);
size_t gatehouse_zstd_bound(size_t in_bytes);
size_t gatehouse_zstd_compress(gatehouse_zstd *codec, void *out, size_t out_bytes, const void *in, size_t in_bytes,
                               int level);
long gatehouse_zstd_decompress(void *out, size_t out_bytes, const void *in, size_t in_bytes);

/* snappy (libsnappy.so.1), block format. Returns as above. */
int gatehouse_snappy_available(void);
size_t gatehouse_snappy_bound(size_t in_bytes);
size_t gatehouse_snappy_compress(void *out, size_t out_bytes, const void *in, size_t in_bytes);
long gatehouse_snappy_decompress(void *out, size_t out_bytes, const void *in, size_t in_bytes);
#endif
