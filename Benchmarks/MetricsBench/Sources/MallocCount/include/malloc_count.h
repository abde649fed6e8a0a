#pragma once
#include <stdint.h>

/// Allocations of the calling thread so far: calls of malloc, calloc, realloc and the aligned ones.
uint64_t malloc_count(void);
