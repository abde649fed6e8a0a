#ifndef GATEHOUSE_CZLIB_H
#define GATEHOUSE_CZLIB_H
#include <zlib.h>

/* deflateInit2 and inflateInit2 are macros, which Swift cannot see. windowBits + 16 selects the gzip wrapper. */
static inline int gatehouse_deflate_init(z_stream *stream, int level, int window_bits) {
    return deflateInit2(stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
}
static inline int gatehouse_inflate_init(z_stream *stream, int window_bits) {
    return inflateInit2(stream, window_bits);
}
#endif
