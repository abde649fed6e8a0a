#include "ccurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static struct {
    CURLcode (*global_init)(long);
    CURL *(*easy_init)(void);
    void (*easy_cleanup)(CURL *);
    void (*easy_reset)(CURL *);
    CURLcode (*easy_perform)(CURL *);
    const char *(*easy_strerror)(CURLcode);
    CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
    CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
    CURLM *(*multi_init)(void);
    CURLMcode (*multi_cleanup)(CURLM *);
    CURLMcode (*multi_setopt)(CURLM *, CURLMoption, ...);
    CURLMcode (*multi_add_handle)(CURLM *, CURL *);
    CURLMcode (*multi_remove_handle)(CURLM *, CURL *);
    CURLMcode (*multi_poll)(CURLM *, struct curl_waitfd *, unsigned, int, int *);
    CURLMcode (*multi_wakeup)(CURLM *);
    CURLMcode (*multi_perform)(CURLM *, int *);
    CURLMsg *(*multi_info_read)(CURLM *, int *);
    struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
    void (*slist_free_all)(struct curl_slist *);
} api;

static int ready;
static char problem[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *open_library(void) {
#ifdef __APPLE__
    return dlopen("libcurl.4.dylib", RTLD_LAZY | RTLD_LOCAL);
#else
    void *library = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL);
    if (library) return library;
    snprintf(problem, sizeof problem, "libcurl cannot be loaded: %s", dlerror());
    /* Debian's build with GnuTLS has another name and the same interface. */
    return dlopen("libcurl-gnutls.so.4", RTLD_LAZY | RTLD_LOCAL);
#endif
}

static int find(void *library, const char *name, void **function) {
    *function = dlsym(library, name);
    if (!*function) snprintf(problem, sizeof problem, "libcurl has no %s; 7.68 or later is needed", name);
    return *function != NULL;
}

#define FIND(name) find(library, "curl_" #name, (void **)&api.name)

static void load(void) {
    void *library = open_library();
    if (!library) {
        if (!*problem) snprintf(problem, sizeof problem, "libcurl cannot be loaded: %s", dlerror());
        return;
    }
    if (!(FIND(global_init) && FIND(easy_init) && FIND(easy_cleanup) && FIND(easy_reset) && FIND(easy_perform)
          && FIND(easy_strerror) && FIND(easy_setopt) && FIND(easy_getinfo) && FIND(multi_init)
          && FIND(multi_cleanup) && FIND(multi_setopt) && FIND(multi_add_handle) && FIND(multi_remove_handle)
          && FIND(multi_poll) && FIND(multi_wakeup) && FIND(multi_perform) && FIND(multi_info_read)
          && FIND(slist_append) && FIND(slist_free_all)))
        return;
    CURLcode code = api.global_init(CURL_GLOBAL_DEFAULT);
    ready = code == CURLE_OK;
    if (!ready) snprintf(problem, sizeof problem, "libcurl cannot start: %s", api.easy_strerror(code));
}

int gatehouse_curl_ready(void) {
    pthread_once(&once, load);
    return ready;
}

const char *gatehouse_curl_problem(void) { return problem; }

CURL *gatehouse_easy_init(void) { return api.easy_init(); }
void gatehouse_easy_cleanup(CURL *handle) { api.easy_cleanup(handle); }
void gatehouse_easy_reset(CURL *handle) { api.easy_reset(handle); }
CURLcode gatehouse_easy_perform(CURL *handle) { return api.easy_perform(handle); }
const char *gatehouse_easy_strerror(CURLcode code) { return ready ? api.easy_strerror(code) : problem; }

CURLcode gatehouse_set_long(CURL *handle, CURLoption option, long value) {
    return api.easy_setopt(handle, option, value);
}
CURLcode gatehouse_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return api.easy_setopt(handle, option, value);
}
CURLcode gatehouse_set_pointer(CURL *handle, CURLoption option, const void *value) {
    return api.easy_setopt(handle, option, value);
}
CURLcode gatehouse_set_string(CURL *handle, CURLoption option, const char *value) {
    return api.easy_setopt(handle, option, value);
}
CURLcode gatehouse_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return api.easy_setopt(handle, option, value);
}
CURLcode gatehouse_set_body_callback(CURL *handle, curl_write_callback callback, void *context) {
    CURLcode code = api.easy_setopt(handle, CURLOPT_WRITEFUNCTION, callback);
    return code ? code : api.easy_setopt(handle, CURLOPT_WRITEDATA, context);
}
CURLcode gatehouse_set_header_callback(CURL *handle, curl_write_callback callback, void *context) {
    CURLcode code = api.easy_setopt(handle, CURLOPT_HEADERFUNCTION, callback);
    return code ? code : api.easy_setopt(handle, CURLOPT_HEADERDATA, context);
}

/* The string form exists since 7.85; the numeric form is deprecated there. */
CURLcode gatehouse_allow_http_only(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075500
    CURLcode code = api.easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    return code ? code : api.easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
    long http = CURLPROTO_HTTP | CURLPROTO_HTTPS;
    CURLcode code = api.easy_setopt(handle, CURLOPT_PROTOCOLS, http);
    return code ? code : api.easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS, http);
#endif
}

CURLcode gatehouse_get_long(CURL *handle, CURLINFO info, long *value) {
    return api.easy_getinfo(handle, info, value);
}
CURLcode gatehouse_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
    return api.easy_getinfo(handle, info, value);
}
CURLcode gatehouse_get_string(CURL *handle, CURLINFO info, char **value) {
    return api.easy_getinfo(handle, info, value);
}

CURLM *gatehouse_multi_init(void) { return api.multi_init(); }
CURLMcode gatehouse_multi_cleanup(CURLM *multi) { return api.multi_cleanup(multi); }
CURLMcode gatehouse_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return api.multi_setopt(multi, option, value);
}
CURLMcode gatehouse_multi_add_handle(CURLM *multi, CURL *handle) { return api.multi_add_handle(multi, handle); }
CURLMcode gatehouse_multi_remove_handle(CURLM *multi, CURL *handle) { return api.multi_remove_handle(multi, handle); }
CURLMcode gatehouse_multi_poll(CURLM *multi, int timeout_ms) { return api.multi_poll(multi, NULL, 0, timeout_ms, NULL); }
CURLMcode gatehouse_multi_wakeup(CURLM *multi) { return api.multi_wakeup(multi); }
CURLMcode gatehouse_multi_perform(CURLM *multi, int *running) { return api.multi_perform(multi, running); }
CURLMsg *gatehouse_multi_info_read(CURLM *multi, int *left) { return api.multi_info_read(multi, left); }
int gatehouse_message_done(const CURLMsg *message) { return message->msg == CURLMSG_DONE; }
CURLcode gatehouse_message_result(const CURLMsg *message) { return message->data.result; }

struct curl_slist *gatehouse_slist_append(struct curl_slist *list, const char *text) {
    return api.slist_append(list, text);
}
void gatehouse_slist_free_all(struct curl_slist *list) {
    if (list) api.slist_free_all(list);
}
