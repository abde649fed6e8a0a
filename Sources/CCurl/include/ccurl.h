#ifndef GATEHOUSE_CCURL_H
#define GATEHOUSE_CCURL_H
#include <curl/curl.h>

/*
 * libcurl, found with dlopen when it is first asked for: with its own thirty libraries it costs a program more time to
 * start than everything else together, and most runs of `alert-rules` never open a connection.
 *
 * gatehouse_curl_ready must have said 1 before anything else is called.
 */

/* Loads and initialises libcurl once; 0 where that fails, and then gatehouse_curl_problem says why. */
int gatehouse_curl_ready(void);
const char *gatehouse_curl_problem(void);

CURL *gatehouse_easy_init(void);
void gatehouse_easy_cleanup(CURL *handle);
void gatehouse_easy_reset(CURL *handle);
CURLcode gatehouse_easy_perform(CURL *handle);
/* Also answers where libcurl is missing. */
const char *gatehouse_easy_strerror(CURLcode code);

/* curl_easy_setopt, curl_easy_getinfo and curl_multi_setopt are variadic, which Swift cannot call. */
CURLcode gatehouse_set_long(CURL *handle, CURLoption option, long value);
CURLcode gatehouse_set_offset(CURL *handle, CURLoption option, curl_off_t value);
CURLcode gatehouse_set_pointer(CURL *handle, CURLoption option, const void *value);
CURLcode gatehouse_set_string(CURL *handle, CURLoption option, const char *value);
CURLcode gatehouse_set_list(CURL *handle, CURLoption option, struct curl_slist *value);
CURLcode gatehouse_set_body_callback(CURL *handle, curl_write_callback callback, void *context);
CURLcode gatehouse_set_header_callback(CURL *handle, curl_write_callback callback, void *context);
CURLcode gatehouse_allow_http_only(CURL *handle);
CURLcode gatehouse_get_long(CURL *handle, CURLINFO info, long *value);
CURLcode gatehouse_get_offset(CURL *handle, CURLINFO info, curl_off_t *value);
CURLcode gatehouse_get_string(CURL *handle, CURLINFO info, char **value);

CURLM *gatehouse_multi_init(void);
CURLMcode gatehouse_multi_cleanup(CURLM *multi);
CURLMcode gatehouse_multi_set_long(CURLM *multi, CURLMoption option, long value);
CURLMcode gatehouse_multi_add_handle(CURLM *multi, CURL *handle);
CURLMcode gatehouse_multi_remove_handle(CURLM *multi, CURL *handle);
CURLMcode gatehouse_multi_poll(CURLM *multi, int timeout_ms);
CURLMcode gatehouse_multi_wakeup(CURLM *multi);
CURLMcode gatehouse_multi_perform(CURLM *multi, int *running);
CURLMsg *gatehouse_multi_info_read(CURLM *multi, int *left);
/* The result lives in a union, the message kind in an enum: both are awkward from Swift. */
int gatehouse_message_done(const CURLMsg *message);
CURLcode gatehouse_message_result(const CURLMsg *message);

/* NULL without memory. */
struct curl_slist *gatehouse_slist_append(struct curl_slist *list, const char *text);
void gatehouse_slist_free_all(struct curl_slist *list);
#endif
