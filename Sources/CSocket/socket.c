#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "csocket.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { events_at_once = 256 };

int gatehouse_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int gatehouse_epoll_add(int epoll, int descriptor, uint32_t events, void *data) {
    struct epoll_event event = {.events = events, .data = {.ptr = data}};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

int gatehouse_epoll_remove(int epoll, int descriptor) {
    struct epoll_event event = {0};
    return epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &event);
}

/* Kernels before 5.11 wait for whole milliseconds. */
static int wait_for_events(int epoll, struct epoll_event *found, int room, int64_t nanos) {
#ifdef SYS_epoll_pwait2
    static _Atomic int is_missing;
    if (nanos > 0 && !is_missing) {
        struct timespec time = {.tv_sec = nanos / 1000000000, .tv_nsec = nanos % 1000000000};
        int count = (int)syscall(SYS_epoll_pwait2, epoll, found, room, &time, NULL, 0);
        if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
        is_missing = 1;
    }
#endif
    int64_t millis = nanos / 1000000 + (nanos % 1000000 > 0);
    return epoll_wait(epoll, found, room, nanos < 0 ? -1 : millis > INT32_MAX ? INT32_MAX : (int)millis);
}

int gatehouse_epoll_wait(int epoll, uint32_t *events, void **data, int room, int64_t nanos) {
    struct epoll_event found[events_at_once];
    int count = wait_for_events(epoll, found, room < events_at_once ? room : events_at_once, nanos);
    if (count < 0) return errno == EINTR ? 0 : -1;
    for (int index = 0; index < count; index++) {
        events[index] = found[index].events;
        data[index] = found[index].data.ptr;
    }
    return count;
}

int gatehouse_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

int gatehouse_accept(int listener, struct sockaddr_storage *address, socklen_t *length) {
    int descriptor;
    do {
        *length = sizeof *address;
        descriptor = accept4(listener, (struct sockaddr *)address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    } while (descriptor < 0 && errno == EINTR);
    return descriptor;
}

int gatehouse_socket(int family) { return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

ssize_t gatehouse_send_parts(int descriptor, const struct iovec *parts, int count) {
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = (struct iovec *)parts;
    message.msg_iovlen = (size_t)count;
    ssize_t sent;
    do sent = sendmsg(descriptor, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent;
}

ssize_t gatehouse_send(int descriptor, const void *bytes, size_t count) {
    ssize_t sent;
    do sent = send(descriptor, bytes, count, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent;
}

ssize_t gatehouse_receive(int descriptor, void *bytes, size_t count) {
    ssize_t received;
    do received = recv(descriptor, bytes, count, 0);
    while (received < 0 && errno == EINTR);
    return received;
}

void gatehouse_reset_on_close(int descriptor) {
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}
