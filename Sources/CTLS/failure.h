#ifndef GATEHOUSE_CTLS_FAILURE_H
#define GATEHOUSE_CTLS_FAILURE_H
#include "ctls.h"

/* Forgets old errors of this thread, whosever they were. */
void gatehouse_clear_errors(void);
/* Takes the last error out of this thread's queue: the protocol's own view of what went wrong. */
void gatehouse_take_failure(gatehouse_tls_failure *failure);
/* Takes the first: the cause, where files are read. Returns 0, so that a call can be returned at once. */
int gatehouse_take_cause(gatehouse_tls_failure *failure);
#endif
