/*
 * The loops, once for each kind of processor: scan.c includes this file with NAME(f), which names a definition, and TARGET,
 * which says what instructions the compiler may use. No include guard, for that reason.
 */

TARGET static int NAME(is_ascii)(const uint8_t *text, size_t bytes) {
    size_t i = 0;
    for (; bytes - i >= 256; i += 256) {
        vector part[4];
        memcpy(part, text + i, sizeof part);
        if (__builtin_reduce_or((part[0] | part[1]) | (part[2] | part[3])) & 0x80) return 0;
    }
    uint8_t all = 0;
    for (; i < bytes; i++) all |= text[i];
    return all < 0x80;
}

/* Adds to `hits` the places that hold a quoted text of the right length and start, or a backslash. */
TARGET static inline void NAME(add_quoted)(vector *hits, const uint8_t *text, uint8_t first, size_t distance) {
    vector here, next, there;
    memcpy(&here, text, sizeof here);
    memcpy(&next, text + 1, sizeof next);
    memcpy(&there, text + distance, sizeof there);
    *hits |= (vector)(((here == '"') & (next == first) & (there == '"')) | (here == '\\'));
}

TARGET static int NAME(has_quoted)(const uint8_t *text, size_t bytes, uint8_t first, size_t distance) {
    size_t places = bytes > distance ? bytes - distance : 0;
    if (places < 64) {
        uint8_t hit = 0;
        size_t i = 0;
        for (; i < places; i++)
            hit |= ((text[i] == '"') & (text[i + 1] == first) & (text[i + distance] == '"')) | (text[i] == '\\');
        for (; i < bytes; i++) hit |= text[i] == '\\';
        return hit;
    }
    vector hits = {0};
    for (size_t i = 0; places - i >= 64; i += 64) NAME(add_quoted)(&hits, text + i, first, distance);
    /* The rest, with some of what was looked at before. */
    NAME(add_quoted)(&hits, text + places - 64, first, distance);
    vector end;
    memcpy(&end, text + bytes - 64, sizeof end);
    hits |= (vector)(end == '\\');
    return __builtin_reduce_or(hits) != 0;
}

TARGET static uint64_t NAME(quote_marks)(const uint8_t *text) {
    vector here;
    memcpy(&here, text, sizeof here);
    bits marks = __builtin_convertvector((here == '"') | (here == '\\'), bits);
    uint64_t result;
    memcpy(&result, &marks, sizeof result);
    return result;
}

TARGET static uint64_t NAME(string_marks)(const uint8_t *text) {
    vector here;
    memcpy(&here, text, sizeof here);
    bits marks = __builtin_convertvector((here == '"') | (here == '\\') | (here < 0x20) | (here > 0x7f), bits);
    uint64_t result;
    memcpy(&result, &marks, sizeof result);
    return result;
}
