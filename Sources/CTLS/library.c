#include "ctls.h"
#include "openssl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

struct gatehouse_openssl gatehouse_openssl;

static int found;
static char problem[200];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *open_library(void) {
#ifdef __APPLE__
    void *library = dlopen("libssl.3.dylib", RTLD_LAZY | RTLD_LOCAL);
#else
    void *library = dlopen("libssl.so.3", RTLD_LAZY | RTLD_LOCAL);
#endif
    const char *reason = library ? NULL : dlerror();
    if (reason) snprintf(problem, sizeof problem, "%s", reason);
    return library;
}

/* libssl's handle also finds what is in libcrypto, which it is linked with. */
static int find(void *library, const char *name, void **function) {
    *function = dlsym(library, name);
    if (!*function) snprintf(problem, sizeof problem, "libssl has no %s; OpenSSL 3.0 or later is needed", name);
    return *function != NULL;
}

#define FIND(result, name, arguments) &&find(library, #name, (void **)&gatehouse_openssl.name)

static void load(void) {
    void *library = open_library();
    if (!library) return;
    if (!(1 GATEHOUSE_OPENSSL(FIND))) return;
    /* OpenSSL's own clean-up at exit would pull its tables away from threads that still run. */
    found = gatehouse_openssl.OPENSSL_init_ssl(init_no_atexit, NULL) == 1;
    if (!found) snprintf(problem, sizeof problem, "libssl does not start");
}

int gatehouse_tls_available(void) {
    pthread_once(&once, load);
    return found;
}

const char *gatehouse_tls_problem(void) {
    pthread_once(&once, load);
    return problem;
}
