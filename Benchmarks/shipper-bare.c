/*
 * What shipping costs at least: one thread reads a file, cuts it into lines, finds each line's tenant by its first
 * "tenant":"…", gathers 1 MiB a tenant, compresses each gathering as one gzip member and posts it. No checks, no retries, no
 * memory of what was sent. scripts/bench shipper measures the log-shipper against this, with the same codec.
 *
 * usage: shipper-bare FILE URL isal|zlib [MIB]
 *
 * With MIB all gatherings together are never larger: the largest is sent when they would be. That is what a bound on memory
 * costs by itself, in more and smaller requests.
 */
#define _GNU_SOURCE
#include <curl/curl.h>
#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { block_bytes = 256 << 10, batch_bytes = 1 << 20, slots = 4096 };

struct tenant {
    char name[64];
    size_t name_bytes, bytes;
    char *batch;
};

static struct tenant tenants[slots];
static CURL *curl;
static const char *url;
static int use_isal;
static uint8_t *packed, *level_buffer;
static size_t packed_bytes = (batch_bytes << 1) + 4096;
static size_t gathered_bytes, most_bytes = SIZE_MAX;
static struct isal_zstream isal;
static z_stream zlib;

static void fail(const char *what) {
    fprintf(stderr, "shipper-bare: %s\n", what);
    exit(1);
}

static size_t discard(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes;
    (void)context;
    return size * count;
}

static size_t compress_batch(const struct tenant *tenant) {
    if (use_isal) {
        isal_deflate_reset(&isal);
        isal.next_in = (uint8_t *)tenant->batch;
        isal.avail_in = (uint32_t)tenant->bytes;
        isal.next_out = packed;
        isal.avail_out = (uint32_t)packed_bytes;
        isal.end_of_stream = 1;
        isal.gzip_flag = IGZIP_GZIP;
        if (isal_deflate(&isal) != COMP_OK) fail("ISA-L");
        return packed_bytes - isal.avail_out;
    }
    deflateReset(&zlib);
    zlib.next_in = (uint8_t *)tenant->batch;
    zlib.avail_in = (uint32_t)tenant->bytes;
    zlib.next_out = packed;
    zlib.avail_out = (uint32_t)packed_bytes;
    if (deflate(&zlib, Z_FINISH) != Z_STREAM_END) fail("zlib");
    return packed_bytes - zlib.avail_out;
}

static void send_batch(struct tenant *tenant) {
    if (tenant->bytes == 0) return;
    char header[128];
    snprintf(header, sizeof header, "X-Tenant-Id: %.*s", (int)tenant->name_bytes, tenant->name);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/x-ndjson");
    headers = curl_slist_append(headers, "Content-Encoding: gzip");
    headers = curl_slist_append(headers, "Expect:");
    headers = curl_slist_append(headers, header);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)compress_batch(tenant));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, packed);
    if (curl_easy_perform(curl) != CURLE_OK) fail("POST");
    curl_slist_free_all(headers);
    gathered_bytes -= tenant->bytes;
    tenant->bytes = 0;
}

static void send_largest(void) {
    struct tenant *largest = tenants;
    for (size_t i = 1; i < slots; i++) {
        if (tenants[i].bytes > largest->bytes) largest = &tenants[i];
    }
    send_batch(largest);
}

static struct tenant *tenant_of(const char *line, size_t count) {
    static const char key[] = "\"tenant\":\"";
    const char *name = memmem(line, count, key, sizeof key - 1);
    size_t bytes = 0;
    if (name) {
        name += sizeof key - 1;
        const char *end = memchr(name, '"', (size_t)(line + count - name));
        bytes = end ? (size_t)(end - name) : 0;
    }
    if (bytes > sizeof tenants[0].name) bytes = 0;
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < bytes; i++) hash = (hash ^ (uint8_t)name[i]) * 0x100000001b3;
    for (size_t i = hash ^ hash >> 29;; i++) {
        struct tenant *tenant = &tenants[i % slots];
        if (!tenant->batch) {
            memcpy(tenant->name, name ? name : "", bytes);
            tenant->name_bytes = bytes;
            tenant->batch = malloc(batch_bytes);
            if (!tenant->batch) fail("out of memory");
            return tenant;
        }
        if (tenant->name_bytes == bytes && memcmp(tenant->name, name, bytes) == 0) return tenant;
    }
}

static void take(const char *line, size_t count) {
    struct tenant *tenant = tenant_of(line, count);
    if (tenant->bytes + count > batch_bytes) send_batch(tenant);
    memcpy(tenant->batch + tenant->bytes, line, count);
    tenant->bytes += count;
    gathered_bytes += count;
    if (gathered_bytes > most_bytes) send_largest();
}

static void set_up(void) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, discard);
    packed = malloc(packed_bytes);
    level_buffer = malloc(ISAL_DEF_LVL1_DEFAULT);
    if (!packed || !level_buffer) fail("out of memory");
    isal_deflate_init(&isal);
    isal.level = 1;
    isal.level_buf = level_buffer;
    isal.level_buf_size = ISAL_DEF_LVL1_DEFAULT;
    if (deflateInit2(&zlib, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) fail("zlib");
}

int main(int argc, char **argv) {
    if (argc != 4 && argc != 5) fail("usage: shipper-bare FILE URL isal|zlib [MIB]");
    if (argc == 5) most_bytes = strtoull(argv[4], NULL, 10) << 20;
    int file = open(argv[1], O_RDONLY);
    if (file < 0) fail("cannot open the file");
    url = argv[2];
    use_isal = strcmp(argv[3], "isal") == 0;
    set_up();
    char *block = malloc(2 * block_bytes);
    size_t kept = 0;
    for (;;) {
        ssize_t got = read(file, block + kept, block_bytes);
        if (got <= 0) break;
        char *line = block, *end = block + kept + got, *feed;
        while ((feed = memchr(line, '\n', (size_t)(end - line)))) {
            take(line, (size_t)(feed + 1 - line));
            line = feed + 1;
        }
        kept = (size_t)(end - line);
        if (kept > block_bytes) fail("a line is too long");
        memmove(block, line, kept);
    }
    for (int i = 0; i < slots; i++) {
        if (tenants[i].batch) send_batch(&tenants[i]);
    }
    return 0;
}
