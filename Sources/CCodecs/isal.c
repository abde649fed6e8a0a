#include "ccodecs.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/*
 * The public head of ISA-L's `struct isal_zstream`, the same from 2.22 to 2.31. The private state behind it is about
 * 84 KiB; the object reserves more than twice that, and isal_deflate_init fills it. The caller proves the layout with
 * a round trip through zlib before it trusts the library (GzipCodec.swift).
 */
struct stream_head {
    const uint8_t *next_in;
    uint32_t avail_in;
    uint32_t total_in;
    uint8_t *next_out;
    uint32_t avail_out;
    uint32_t total_out;
    void *hufftables;
    uint32_t level;
    uint32_t level_buf_size;
    uint8_t *level_buf;
    uint16_t end_of_stream;
    uint16_t flush;
    uint16_t gzip_flag;
    uint16_t hist_bits;
};

enum {
    stream_bytes = 192 << 10,
    /* What igzip calls the default for levels 1 to 3 is 4 KiB and 4 bytes for each of 64 Ki tokens, or less. */
    level_buffer_bytes = 512 << 10,
    gzip_with_header = 1,
    no_flush = 0,
};

struct gatehouse_isal {
    struct stream_head *stream;
    uint8_t *level_buffer;
    int level;
    int finished_input;
};

static void (*deflate_init)(struct stream_head *);
static void (*deflate_reset)(struct stream_head *);
static int (*deflate)(struct stream_head *);
static int found;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    void *library = dlopen("libisal.so.2", RTLD_NOW | RTLD_LOCAL);
    if (!library) return;
    *(void **)&deflate_init = dlsym(library, "isal_deflate_init");
    *(void **)&deflate_reset = dlsym(library, "isal_deflate_reset");
    *(void **)&deflate = dlsym(library, "isal_deflate");
    found = deflate_init && deflate_reset && deflate;
}

int gatehouse_isal_available(void) {
    pthread_once(&once, load);
    return found;
}

gatehouse_isal *gatehouse_isal_create(int level) {
    if (!gatehouse_isal_available() || level < 0 || level > 3) return NULL;
    gatehouse_isal *codec = calloc(1, sizeof *codec);
    if (!codec) return NULL;
    void *stream = NULL;
    if (posix_memalign(&stream, 64, stream_bytes) != 0) stream = NULL;
    codec->stream = stream;
    codec->level_buffer = malloc(level_buffer_bytes);
    codec->level = level;
    if (!codec->stream || !codec->level_buffer) {
        gatehouse_isal_destroy(codec);
        return NULL;
    }
    memset(stream, 0, stream_bytes);
    deflate_init(codec->stream);
    return codec;
}

void gatehouse_isal_destroy(gatehouse_isal *codec) {
    if (!codec) return;
    free(codec->stream);
    free(codec->level_buffer);
    free(codec);
}

void gatehouse_isal_begin(gatehouse_isal *codec) {
    struct stream_head *stream = codec->stream;
    deflate_reset(stream);
    stream->level = (uint32_t)codec->level;
    stream->level_buf = codec->level_buffer;
    stream->level_buf_size = level_buffer_bytes;
    stream->end_of_stream = 0;
    stream->flush = no_flush;
    stream->gzip_flag = gzip_with_header;
}

static uint32_t clamped(size_t bytes) {
    return bytes > (1u << 30) ? (1u << 30) : (uint32_t)bytes;
}

int gatehouse_isal_run(gatehouse_isal *codec, const uint8_t *in, size_t in_bytes, int last, uint8_t *out,
                       size_t out_bytes, size_t *consumed, size_t *produced) {
    struct stream_head *stream = codec->stream;
    uint32_t give = clamped(in_bytes), room = clamped(out_bytes);
    stream->next_in = in;
    stream->avail_in = give;
    stream->next_out = out;
    stream->avail_out = room;
    stream->end_of_stream = last && give == in_bytes;
    if (deflate(stream) != 0) return -1;
    if (stream->avail_in > give || stream->avail_out > room) return -1;
    *consumed += give - stream->avail_in;
    *produced += room - stream->avail_out;
    /* With room left and nothing left to read, the trailer is out. */
    return stream->end_of_stream && stream->avail_in == 0 && stream->avail_out > 0;
}
