#include "ccodecs.h"

#include <dlfcn.h>
#include <pthread.h>

static void *(*zstd_create)(void);
static size_t (*zstd_free)(void *);
static size_t (*zstd_bound)(size_t);
static size_t (*zstd_compress)(void *, void *, size_t, const void *, size_t, int);
static size_t (*zstd_decompress)(void *, size_t, const void *, size_t);
static unsigned (*zstd_is_error)(size_t);
static size_t (*snappy_bound)(size_t);
static int (*snappy_compress_block)(const char *, size_t, char *, size_t *);
static int (*snappy_uncompress_block)(const char *, size_t, char *, size_t *);
static int zstd_found, snappy_found;
static pthread_once_t zstd_once = PTHREAD_ONCE_INIT, snappy_once = PTHREAD_ONCE_INIT;

static void load_zstd(void) {
    void *library = dlopen("libzstd.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) return;
    *(void **)&zstd_create = dlsym(library, "ZSTD_createCCtx");
    *(void **)&zstd_free = dlsym(library, "ZSTD_freeCCtx");
    *(void **)&zstd_bound = dlsym(library, "ZSTD_compressBound");
    *(void **)&zstd_compress = dlsym(library, "ZSTD_compressCCtx");
    *(void **)&zstd_decompress = dlsym(library, "ZSTD_decompress");
    *(void **)&zstd_is_error = dlsym(library, "ZSTD_isError");
    zstd_found = zstd_create && zstd_free && zstd_bound && zstd_compress && zstd_decompress && zstd_is_error;
}

static void load_snappy(void) {
    void *library = dlopen("libsnappy.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) return;
    *(void **)&snappy_bound = dlsym(library, "snappy_max_compressed_length");
    *(void **)&snappy_compress_block = dlsym(library, "snappy_compress");
    *(void **)&snappy_uncompress_block = dlsym(library, "snappy_uncompress");
    snappy_found = snappy_bound && snappy_compress_block && snappy_uncompress_block;
}

int gatehouse_zstd_available(void) {
    pthread_once(&zstd_once, load_zstd);
    return zstd_found;
}

gatehouse_zstd *gatehouse_zstd_create(void) {
    return gatehouse_zstd_available() ? zstd_create() : NULL;
}

void gatehouse_zstd_destroy(gatehouse_zstd *codec) {
    if (codec) zstd_free(codec);
}

size_t gatehouse_zstd_bound(size_t in_bytes) {
    return zstd_bound(in_bytes);
}

size_t gatehouse_zstd_compress(gatehouse_zstd *codec, void *out, size_t out_bytes, const void *in, size_t in_bytes,
                               int level) {
    size_t written = zstd_compress(codec, out, out_bytes, in, in_bytes, level);
    return zstd_is_error(written) ? 0 : written;
}

long gatehouse_zstd_decompress(void *out, size_t out_bytes, const void *in, size_t in_bytes) {
    size_t written = zstd_decompress(out, out_bytes, in, in_bytes);
    return zstd_is_error(written) ? -1 : (long)written;
}

int gatehouse_snappy_available(void) {
    pthread_once(&snappy_once, load_snappy);
    return snappy_found;
}

size_t gatehouse_snappy_bound(size_t in_bytes) {
    return snappy_bound(in_bytes);
}

size_t gatehouse_snappy_compress(void *out, size_t out_bytes, const void *in, size_t in_bytes) {
    size_t written = out_bytes;
    return snappy_compress_block(in, in_bytes, out, &written) == 0 ? written : 0;
}

long gatehouse_snappy_decompress(void *out, size_t out_bytes, const void *in, size_t in_bytes) {
    size_t written = out_bytes;
    return snappy_uncompress_block(in, in_bytes, out, &written) == 0 ? (long)written : -1;
}
