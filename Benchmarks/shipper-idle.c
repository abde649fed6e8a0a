/*
 * What it costs at least to ship a line a second: one thread is told by inotify, reads what is new, posts it a second later
 * as one gzip member, and notes the offset durably (fsync, rename, fsync of the directory). No threads to wake, no tenants,
 * no metrics. scripts/bench shipper measures the idle log-shipper against this.
 *
 * usage: shipper-idle FILE URL FOLDER
 */
#define _GNU_SOURCE
#include <curl/curl.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static size_t discard(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes;
    (void)context;
    return size * count;
}

static void save(const char *folder, long long offset) {
    char path[4096], temporary[4096], text[64];
    snprintf(path, sizeof path, "%s/offset", folder);
    snprintf(temporary, sizeof temporary, "%s/offset.tmp", folder);
    int file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int bytes = snprintf(text, sizeof text, "%lld\n", offset);
    if (file < 0 || write(file, text, (size_t)bytes) != bytes || fsync(file) != 0) fail(temporary);
    close(file);
    if (rename(temporary, path) != 0) fail(path);
    int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0 || fsync(directory) != 0) fail(folder);
    close(directory);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: shipper-idle FILE URL FOLDER\n");
        return 2;
    }
    int file = open(argv[1], O_RDONLY | O_CLOEXEC), watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (file < 0 || watch < 0) fail(argv[1]);
    if (inotify_add_watch(watch, dirname(strdup(argv[1])), IN_MODIFY | IN_CREATE | IN_MOVE | IN_DELETE) < 0) fail("inotify");
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Encoding: gzip");
    headers = curl_slist_append(headers, "X-Tenant-Id: one");
    curl_easy_setopt(curl, CURLOPT_URL, argv[2]);
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, discard);
    z_stream zlib = {0};
    if (deflateInit2(&zlib, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) fail("zlib");
    static uint8_t batch[65536], packed[70000];
    size_t held = 0;
    long long offset = 0;
    int64_t due = -1;
    for (;;) {
        struct pollfd polled = {.fd = watch, .events = POLLIN};
        int64_t left = due < 0 ? -1 : due - milliseconds();
        poll(&polled, 1, due < 0 ? -1 : left < 0 ? 0 : (int)left);
        char events[4096];
        while (read(watch, events, sizeof events) > 0) {}
        ssize_t got = pread(file, batch + held, sizeof batch - held, offset);
        if (got > 0) {
            if (held == 0) due = milliseconds() + 1000;
            held += (size_t)got;
            offset += got;
        }
        if (due < 0 || milliseconds() < due) continue;
        deflateReset(&zlib);
        zlib.next_in = batch;
        zlib.avail_in = (uInt)held;
        zlib.next_out = packed;
        zlib.avail_out = sizeof packed;
        if (deflate(&zlib, Z_FINISH) != Z_STREAM_END) fail("deflate");
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(sizeof packed - zlib.avail_out));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, packed);
        if (curl_easy_perform(curl) != CURLE_OK) fail("POST");
        save(argv[3], offset);
        held = 0;
        due = -1;
    }
}
