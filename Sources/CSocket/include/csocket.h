#ifndef GATEHOUSE_CSOCKET_H
#define GATEHOUSE_CSOCKET_H
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>

/*
 * Linux's readiness interface and what Swift's module of the C library does not have. All functions retry after EINTR
 * and return what the system call returns: -1 with errno on an error.
 */

/* An epoll instance that is closed on exec. */
int gatehouse_epoll_create(void);

/* Watches a descriptor, edge-triggered or level-triggered, with `data` in each of its events. */
int gatehouse_epoll_add(int epoll, int descriptor, uint32_t events, void *data);

int gatehouse_epoll_remove(int epoll, int descriptor);

/* Waits at most `nanos` nanoseconds (-1: for ever); fills `events` and `data`, returns how many. */
int gatehouse_epoll_wait(int epoll, uint32_t *events, void **data, int room, int64_t nanos);

/* A non-blocking event counter that is closed on exec. */
int gatehouse_eventfd(void);

/* A non-blocking connection that is closed on exec; the peer's address goes to `address`. */
int gatehouse_accept(int listener, struct sockaddr_storage *address, socklen_t *length);

/* A non-blocking socket that is closed on exec. */
int gatehouse_socket(int family);

/* Gathers and sends without SIGPIPE. */
ssize_t gatehouse_send_parts(int descriptor, const struct iovec *parts, int count);
ssize_t gatehouse_send(int descriptor, const void *bytes, size_t count);
ssize_t gatehouse_receive(int descriptor, void *bytes, size_t count);

/* Sends a reset in place of an orderly end when the socket is closed. */
void gatehouse_reset_on_close(int descriptor);

enum {
    gatehouse_readable = EPOLLIN,
    gatehouse_writable = EPOLLOUT,
    gatehouse_peer_closed = EPOLLRDHUP,
    gatehouse_hung_up = EPOLLHUP,
    gatehouse_error = EPOLLERR,
};
/* EPOLLET does not fit an int. */
static inline uint32_t gatehouse_edge_triggered(void) { return EPOLLET; }
#endif
