#ifndef GATEHOUSE_CMEMORY_H
#define GATEHOUSE_CMEMORY_H

/*
 * Lets go of the pages of all loaded segments that nobody may write. They come back from their files when they are
 * touched. Linux only; elsewhere nothing happens.
 */
void gatehouse_release_read_only_segments(void);

/* Asks for a cache line that is needed soon, without waiting for it. Any address will do. */
static inline void gatehouse_prefetch(const void *address) { __builtin_prefetch(address); }

#endif
