#ifndef GATEHOUSE_CMEMORY_H
#define GATEHOUSE_CMEMORY_H

/*
 * Lets go of the pages of all loaded segments that nobody may write. They come back from their files when they are
 * touched. Linux only; elsewhere nothing happens.
 */
void gatehouse_release_read_only_segments(void);

#endif
