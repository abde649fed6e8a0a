/*
 * An HTTP/1.1 load generator: one thread, one epoll, keep-alive connections. Debian has none that keeps to a schedule,
 * and one that waits for an answer before it sends the next request leaves out the requests that a stall would have hit
 * ("coordinated omission"). With -r a request is due each 1/RATE seconds whatever happened to the ones before it, and
 * its latency counts from when it was due. Without -r every connection sends as soon as it has been answered.
 *
 * usage: open-loop -p PORT [OPTION…]
 *   -c N        connections, and so the most requests under way (64)
 *   -r RATE     requests a second, on schedule (0: as fast as the answers come)
 *   -d SECONDS  for how long requests are sent (5); those under way are waited for
 *   -n N        how many requests are sent, instead of -d
 *   -w SECONDS  requests that are due earlier are counted, but their latency is not (0)
 *   -u TARGET   what is asked for (/)        -H LINE   one more header line, any number of times
 *   -f FILE     heads to send in turn instead: request line and header lines, with an empty line between heads
 *   -b BYTES    a body, with its Content-Length; -u sends POST then
 *   -x          a new connection for each request, with Connection: close
 *   -s N        connect from 127.0.1.1 … 127.0.1.N in turn; one address has about 28,000 ports
 *   -i          each connection makes one request; prints "ready" and holds them all until standard input ends
 *
 * Prints key=value lines. An answer that is not 2xx, a broken connection and a request without an answer are errors;
 * the exit code is 1 where there were any. Answers need a Content-Length, which the upstream of the benchmarks sends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
    read_bytes = 256 << 10,
    most_events = 256,
    most_errors = 1000,
    /* How many connections of -i are opened at a time, well below any backlog. */
    opened_at_once = 64,
    /* Histogram: 128 steps for each power of two, so a quantile is exact to 0.8 %. */
    step_bits = 7,
    buckets = (64 - step_bits + 1) << step_bits,
};

static const uint64_t second = 1000000000, patience = 10 * second;

struct text {
    char *bytes;
    size_t count;
};

struct connection {
    int fd; /* -1: none open */
    int busy;
    const struct text *head;
    size_t sent; /* of head and body */
    uint64_t due;
    /* What is known of the answer. The first bytes of a line are all that it takes. */
    int status, in_body, has_length, closes;
    uint64_t body_left;
    size_t line_count;
    char line[48];
};

static struct {
    int port, connections, new_each, sources, hold;
    double rate, seconds, warm_seconds;
    uint64_t requests;
    const char *target, *file;
    struct text extra, body;
} options = {.connections = 64, .seconds = 5, .target = "/"};

static struct text *heads;
static size_t head_count, next_head, next_source;
static struct connection *connections;
static int *idle, poller;
static size_t idle_first, idle_count; /* a ring, so that all connections are used alike */
static uint64_t started, next_request, sent, completed, errors, reconnects, counted_from;
static uint64_t histogram[buckets], recorded, longest;
static char *buffer;

static void fail(const char *what) {
    fprintf(stderr, "open-loop: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void *allocate(size_t count, size_t bytes) {
    void *memory = calloc(count, bytes);
    if (!memory) fail("memory");
    return memory;
}

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * second + (uint64_t)t.tv_nsec;
}

/* Latencies */

static void record(uint64_t nanos) {
    int shift = 0;
    while (nanos >> shift >> (step_bits + 1)) shift++;
    histogram[((uint64_t)shift << step_bits) + (nanos >> shift)]++;
    recorded++;
    if (nanos > longest) longest = nanos;
}

/* The middle of the bucket in which the share lies, in microseconds. */
static double quantile(double share) {
    uint64_t wanted = (uint64_t)(share * (double)recorded), below = 0;
    for (uint64_t i = 0; i < buckets; i++) {
        below += histogram[i];
        if (below <= wanted) continue;
        uint64_t shift = i < (2u << step_bits) ? 0 : (i >> step_bits) - 1;
        double least = (double)((i - (shift << step_bits)) << shift);
        return (least + (double)(1ull << shift) / 2) / 1000;
    }
    return (double)longest / 1000;
}

/* Connections */

static void put_idle(struct connection *c) {
    c->busy = 0;
    idle[(idle_first + idle_count++) % (size_t)options.connections] = (int)(c - connections);
}

static struct connection *take_idle(void) {
    struct connection *c = &connections[idle[idle_first]];
    idle_first = (idle_first + 1) % (size_t)options.connections;
    idle_count--;
    return c;
}

static void close_connection(struct connection *c) {
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
}

static void failed(struct connection *c, const char *why) {
    if (errors++ < 5) fprintf(stderr, "open-loop: %s\n", why);
    close_connection(c);
    put_idle(c);
}

static void bind_source(int fd) {
    struct sockaddr_in source = {.sin_family = AF_INET};
    source.sin_addr.s_addr = htonl(0x7f000101u + (uint32_t)(next_source++ % (size_t)options.sources));
    /* The port is chosen at connect(), when the whole pair of addresses is known. */
    int on = 1;
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&source, sizeof source) < 0) fail("bind");
}

static int open_connection(struct connection *c) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0) fail("socket");
    int on = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (options.sources) bind_source(c->fd);
    if (connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) return 0;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event) < 0) fail("epoll_ctl");
    return 1;
}

/* Sends what the socket takes; the rest follows when it is writable. */
static void send_rest(struct connection *c) {
    size_t total = c->head->count + options.body.count;
    while (c->sent < total) {
        size_t of_head = c->sent < c->head->count ? c->head->count - c->sent : 0;
        size_t of_body = c->sent > c->head->count ? c->sent - c->head->count : 0;
        struct iovec parts[] = {
            {c->head->bytes + c->head->count - of_head, of_head},
            {options.body.bytes + of_body, options.body.count - of_body},
        };
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = options.body.count > 0 ? 2 : 1};
        ssize_t count = sendmsg(c->fd, &message, MSG_NOSIGNAL);
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
        if (count < 0) return failed(c, strerror(errno));
        c->sent += (size_t)count;
    }
}

static void begin(struct connection *c, uint64_t due) {
    c->busy = 1;
    c->due = due;
    c->head = &heads[next_head];
    next_head = next_head + 1 == head_count ? 0 : next_head + 1;
    c->sent = c->body_left = c->line_count = 0;
    c->status = c->in_body = c->has_length = c->closes = 0;
    sent++;
    if (c->fd < 0 && !open_connection(c)) return failed(c, strerror(errno));
    send_rest(c);
}

/* Answers */

static void finish(struct connection *c) {
    if (c->status < 200 || c->status > 299) {
        if (errors++ < 5) fprintf(stderr, "open-loop: answered with %d\n", c->status);
    } else {
        completed++;
        if (c->due >= counted_from) record(now() - c->due);
    }
    if (options.new_each || c->closes) close_connection(c);
    put_idle(c);
}

/* One line of a head without its end; an empty one ends the head. */
static void take_line(struct connection *c) {
    c->line[c->line_count] = 0;
    if (c->line_count == 0) {
        c->in_body = c->status >= 200;
    } else if (strncmp(c->line, "HTTP/1.1 ", 9) == 0) {
        c->status = atoi(c->line + 9);
        if (c->status == 204 || c->status == 304) c->has_length = 1;
    } else if (strncasecmp(c->line, "content-length:", 15) == 0) {
        c->body_left = strtoull(c->line + 15, NULL, 10);
        c->has_length = 1;
    } else if (strcasecmp(c->line, "connection: close") == 0) {
        c->closes = 1;
    }
    c->line_count = 0;
}

static size_t take_head(struct connection *c, const char *bytes, size_t count) {
    size_t i = 0;
    while (i < count && !c->in_body) {
        char byte = bytes[i++];
        if (byte == '\n') {
            take_line(c);
        } else if (byte != '\r' && c->line_count < sizeof c->line - 1) {
            c->line[c->line_count++] = byte;
        }
    }
    return i;
}

static void take(struct connection *c, const char *bytes, size_t count) {
    size_t of_head = take_head(c, bytes, count);
    if (!c->in_body) return;
    if (!c->has_length) return failed(c, "an answer without Content-Length");
    if (count - of_head > c->body_left) return failed(c, "more bytes than the answer has");
    c->body_left -= count - of_head;
    if (c->body_left > 0) return;
    /* An answer before the request was read cannot be told from one to the next request. */
    if (c->sent < c->head->count + options.body.count) return failed(c, "an answer before the end of the request");
    finish(c);
}

static void on_readable(struct connection *c) {
    while (c->fd >= 0) {
        ssize_t count = read(c->fd, buffer, read_bytes);
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
        if (count <= 0 || !c->busy) {
            if (c->busy) return failed(c, count < 0 ? strerror(errno) : "closed before the end of an answer");
            reconnects++;
            return close_connection(c);
        }
        take(c, buffer, (size_t)count);
        if (count < read_bytes) return;
    }
}

static void on_event(const struct epoll_event *event) {
    struct connection *c = event->data.ptr;
    if (c->fd >= 0 && c->busy && (event->events & EPOLLOUT)) send_rest(c);
    if (c->fd >= 0 && (event->events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))) on_readable(c);
}

/* The schedule */

static uint64_t due_at(uint64_t request) {
    return started + (uint64_t)((double)request * (double)second / options.rate);
}

static int all_sent(void) {
    if (options.requests) return next_request >= options.requests;
    if (options.rate > 0) return due_at(next_request) >= started + (uint64_t)(options.seconds * (double)second);
    return now() >= started + (uint64_t)(options.seconds * (double)second);
}

/* Sends all that is due and has a connection; what has none waits, and its latency grows. */
static void send_due(void) {
    size_t least_idle = 0;
    if (options.hold && options.connections > opened_at_once) least_idle = (size_t)options.connections - opened_at_once;
    while (idle_count > least_idle && !all_sent()) {
        uint64_t t = now();
        uint64_t due = options.rate > 0 ? due_at(next_request) : t;
        if (due > t || errors > most_errors) return;
        next_request++;
        begin(take_idle(), due);
    }
}

/* Waits for events until the next request is due, and no longer than 10 ms. */
static int wait_for_events(struct epoll_event *events) {
    uint64_t wait = second / 100;
    if (options.rate > 0 && idle_count > 0 && !all_sent()) {
        uint64_t t = now(), due = due_at(next_request);
        if (due <= t + wait) wait = due > t ? due - t : 0;
    }
    struct timespec limit = {.tv_nsec = (long)wait};
    int count = epoll_pwait2(poller, events, most_events, &limit, NULL);
    if (count < 0 && errno != EINTR) fail("epoll_pwait2");
    return count < 0 ? 0 : count;
}

static void run(void) {
    struct epoll_event events[most_events];
    uint64_t last = 0;
    started = now();
    counted_from = started + (uint64_t)(options.warm_seconds * (double)second);
    for (;;) {
        send_due();
        if (all_sent() || errors > most_errors) {
            if (idle_count == (size_t)options.connections) return;
            if (!last) last = now();
            if (now() > last + patience) break;
        }
        int count = wait_for_events(events);
        for (int i = 0; i < count; i++) {
            on_event(&events[i]);
            send_due();
        }
    }
    fprintf(stderr, "open-loop: %zu requests without an answer\n", (size_t)options.connections - idle_count);
    errors += (size_t)options.connections - idle_count;
}

/* Holds the connections until standard input ends; one that the other side closes is an error. */
static void hold(void) {
    struct epoll_event events[most_events], input = {.events = EPOLLIN, .data.ptr = NULL};
    printf("ready\n");
    fflush(stdout);
    if (epoll_ctl(poller, EPOLL_CTL_ADD, 0, &input) < 0) fail("standard input cannot be waited for");
    for (;;) {
        int count = epoll_wait(poller, events, most_events, -1);
        for (int i = 0; i < count; i++) {
            if (!events[i].data.ptr) goto end;
            on_event(&events[i]);
        }
    }
end:
    errors += reconnects;
}

/* What to send */

static void append(struct text *text, const char *bytes, size_t count) {
    text->bytes = realloc(text->bytes, text->count + count + 1);
    if (!text->bytes) fail("memory");
    memcpy(text->bytes + text->count, bytes, count);
    text->bytes[text->count += count] = 0;
}

static void append_string(struct text *text, const char *string) { append(text, string, strlen(string)); }

static void add_head(const char *lines, size_t count) {
    if (head_count % 1024 == 0) heads = realloc(heads, (head_count + 1024) * sizeof *heads);
    if (!heads) fail("memory");
    struct text *head = &heads[head_count++];
    *head = (struct text){0};
    for (const char *end; count > 0; count -= (size_t)(end - lines), lines = end) {
        end = memchr(lines, '\n', count);
        append(head, lines, end ? (size_t)(end - lines) : count);
        append_string(head, "\r\n");
        end = end ? end + 1 : lines + count;
    }
    if (options.new_each) append_string(head, "Connection: close\r\n");
    if (options.body.count) {
        char line[48];
        snprintf(line, sizeof line, "Content-Length: %zu\r\n", options.body.count);
        append_string(head, line);
    }
    append_string(head, "\r\n");
}

static void read_heads(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) fail(path);
    struct text text = {0};
    for (size_t count; (count = fread(buffer, 1, read_bytes, file)) > 0;) append(&text, buffer, count);
    fclose(file);
    if (!text.bytes) fail("no heads");
    for (char *at = text.bytes, *end; *at; at = end ? end + 2 : text.bytes + text.count) {
        end = strstr(at, "\n\n");
        size_t count = end ? (size_t)(end - at) : strlen(at);
        while (count > 0 && at[count - 1] == '\n') count--;
        if (count > 0) add_head(at, count);
    }
    free(text.bytes);
}

static void make_head(void) {
    struct text lines = {0};
    char host[32];
    snprintf(host, sizeof host, "127.0.0.1:%d\n", options.port);
    append_string(&lines, options.body.count ? "POST " : "GET ");
    append_string(&lines, options.target);
    append_string(&lines, " HTTP/1.1\nHost: ");
    append_string(&lines, host);
    append(&lines, options.extra.bytes ? options.extra.bytes : "", options.extra.count);
    add_head(lines.bytes, lines.count - 1);
    free(lines.bytes);
}

static void read_options(int argc, char **argv) {
    for (int option; (option = getopt(argc, argv, "p:c:r:d:n:w:u:H:f:b:s:xi")) != -1;) {
        switch (option) {
        case 'p': options.port = atoi(optarg); break;
        case 'c': options.connections = atoi(optarg); break;
        case 'r': options.rate = atof(optarg); break;
        case 'd': options.seconds = atof(optarg); break;
        case 'n': options.requests = strtoull(optarg, NULL, 10); break;
        case 'w': options.warm_seconds = atof(optarg); break;
        case 'u': options.target = optarg; break;
        case 'H': append_string(&options.extra, optarg), append_string(&options.extra, "\n"); break;
        case 'f': options.file = optarg; break;
        case 'b': options.body.count = strtoull(optarg, NULL, 10); break;
        case 's': options.sources = atoi(optarg); break;
        case 'x': options.new_each = 1; break;
        case 'i': options.hold = 1; break;
        default: exit(2);
        }
    }
    errno = EINVAL;
    if (optind != argc || options.port < 1 || options.port > 65535) fail("usage: open-loop -p PORT [OPTION…]");
    if (options.connections < 1 || options.rate < 0 || options.sources < 0 || options.sources > 250) fail("options");
    if (options.hold) options.requests = (uint64_t)options.connections;
}

int main(int argc, char **argv) {
    read_options(argc, argv);
    /* Timers of this thread are as exact as they can be; 50 µs late is the default. */
    prctl(PR_SET_TIMERSLACK, 1);
    buffer = allocate(1, read_bytes);
    options.body.bytes = allocate(1, options.body.count + 1);
    memset(options.body.bytes, 'x', options.body.count);
    if (options.file) read_heads(options.file); else make_head();
    connections = allocate((size_t)options.connections, sizeof *connections);
    idle = allocate((size_t)options.connections, sizeof *idle);
    poller = epoll_create1(0);
    if (poller < 0) fail("epoll_create1");
    for (int i = 0; i < options.connections; i++) {
        connections[i].fd = -1;
        put_idle(&connections[i]);
    }
    run();
    double seconds = (double)(now() - started) / (double)second;
    if (options.hold) hold();
    printf("sent=%llu\ncompleted=%llu\nerrors=%llu\nreconnects=%llu\n", (unsigned long long)sent,
           (unsigned long long)completed, (unsigned long long)errors, (unsigned long long)reconnects);
    printf("seconds=%.3f\nrate=%.1f\n", seconds, (double)completed / seconds);
    printf("p50_us=%.1f\np90_us=%.1f\np99_us=%.1f\np999_us=%.1f\nmax_us=%.1f\n", quantile(0.5), quantile(0.9),
           quantile(0.99), quantile(0.999), (double)longest / 1000);
    return errors > 0;
}
