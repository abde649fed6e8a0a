#include "failure.h"
#include "openssl.h"

#include <limits.h>

/* The slot that OpenSSL leaves to applications (SSL_set_app_data). */
enum { owner_slot = 0 };

gatehouse_tls_session *gatehouse_tls_session_new(gatehouse_tls_context *context, int descriptor, int is_server) {
    gatehouse_clear_errors();
    SSL *session = gatehouse_openssl.SSL_new(context);
    if (!session) return NULL;
    if (gatehouse_openssl.SSL_set_fd(session, descriptor) != 1) {
        gatehouse_openssl.SSL_free(session);
        return NULL;
    }
    if (is_server)
        gatehouse_openssl.SSL_set_accept_state(session);
    else
        gatehouse_openssl.SSL_set_connect_state(session);
    return session;
}

void gatehouse_tls_session_free(gatehouse_tls_session *session, int is_sound) {
    /* Else a connection that ends without close_notify would spoil the ticket it got. */
    if (is_sound) gatehouse_openssl.SSL_set_shutdown(session, shutdown_both);
    gatehouse_openssl.SSL_free(session);
    gatehouse_openssl.ERR_clear_error();
}

void gatehouse_tls_set_owner(gatehouse_tls_session *session, void *owner) {
    /* Without memory for it tickets are lost, no more. */
    gatehouse_openssl.SSL_set_ex_data(session, owner_slot, owner);
}

void *gatehouse_tls_owner(const gatehouse_tls_session *session) {
    return gatehouse_openssl.SSL_get_ex_data(session, owner_slot);
}

int gatehouse_tls_expect_host(gatehouse_tls_session *session, const char *name) {
    gatehouse_clear_errors();
    /* Names are subjectAltNames; a common name is a text for people (RFC 9525, 2). */
    gatehouse_openssl.SSL_set_hostflags(session, host_no_partial_wildcards | host_never_subject);
    return gatehouse_openssl.SSL_set1_host(session, name) == 1;
}

int gatehouse_tls_expect_address(gatehouse_tls_session *session, const char *address) {
    gatehouse_clear_errors();
    int ok = gatehouse_openssl.X509_VERIFY_PARAM_set1_ip_asc(gatehouse_openssl.SSL_get0_param(session), address) == 1;
    gatehouse_openssl.ERR_clear_error();
    return ok;
}

int gatehouse_tls_send_name(gatehouse_tls_session *session, const char *name) {
    gatehouse_clear_errors();
    return gatehouse_openssl.SSL_ctrl(session, ctrl_host_name, name_type_host, (void *)(uintptr_t)name) == 1;
}

int gatehouse_tls_resume(gatehouse_tls_session *session, gatehouse_tls_ticket *ticket) {
    gatehouse_clear_errors();
    return gatehouse_openssl.SSL_set_session(session, ticket) == 1;
}

/* The failure of a session; the text of a refused certificate comes from its own place. */
static long fail(SSL *session, gatehouse_tls_failure *failure) {
    gatehouse_take_failure(failure);
    int is_ssl = gatehouse_tls_error_library(failure->code) == library_ssl;
    int reason = gatehouse_tls_error_reason(failure->code);
    if (is_ssl && reason == reason_verify_failed) failure->verify = gatehouse_openssl.SSL_get_verify_result(session);
    if (is_ssl && reason == reason_unexpected_eof) return gatehouse_tls_truncated;
    /* OpenSSL before 3.0 and some of its paths report the end of the stream as a failed call without a reason. */
    return failure->code == 0 && failure->system == 0 ? gatehouse_tls_truncated : gatehouse_tls_failed;
}

static long outcome(SSL *session, int result, gatehouse_tls_failure *failure) {
    switch (gatehouse_openssl.SSL_get_error(session, result)) {
    case error_want_read:
        return gatehouse_tls_wants_read;
    case error_want_write:
        return gatehouse_tls_wants_write;
    case error_zero_return:
        return gatehouse_tls_closed;
    case error_ssl:
    case error_syscall:
        return fail(session, failure);
    default: /* callbacks that wait; we have none */
        gatehouse_take_failure(failure);
        return gatehouse_tls_failed;
    }
}

long gatehouse_tls_handshake(gatehouse_tls_session *session, gatehouse_tls_failure *failure) {
    gatehouse_clear_errors();
    int result = gatehouse_openssl.SSL_do_handshake(session);
    return result == 1 ? 0 : outcome(session, result, failure);
}

long gatehouse_tls_read(gatehouse_tls_session *session, void *out, size_t capacity, gatehouse_tls_failure *failure) {
    size_t count = 0;
    gatehouse_clear_errors();
    int result = gatehouse_openssl.SSL_read_ex(session, out, capacity > INT_MAX ? INT_MAX : capacity, &count);
    return result == 1 ? (long)count : outcome(session, result, failure);
}

long gatehouse_tls_write(gatehouse_tls_session *session, const void *in, size_t count, gatehouse_tls_failure *failure) {
    size_t written = 0;
    gatehouse_clear_errors();
    int result = gatehouse_openssl.SSL_write_ex(session, in, count > INT_MAX ? INT_MAX : count, &written);
    return result == 1 ? (long)written : outcome(session, result, failure);
}

long gatehouse_tls_shutdown(gatehouse_tls_session *session, gatehouse_tls_failure *failure) {
    gatehouse_clear_errors();
    /* 0 says that ours is sent and the peer's has not come: all that is wanted. */
    int result = gatehouse_openssl.SSL_shutdown(session);
    return result >= 0 ? 0 : outcome(session, result, failure);
}

int gatehouse_tls_pending(const gatehouse_tls_session *session) { return gatehouse_openssl.SSL_pending(session); }

int gatehouse_tls_has_pending(const gatehouse_tls_session *session) {
    return gatehouse_openssl.SSL_has_pending(session);
}

int gatehouse_tls_is_established(const gatehouse_tls_session *session) {
    return gatehouse_openssl.SSL_is_init_finished(session);
}

unsigned gatehouse_tls_protocol(const gatehouse_tls_session *session, const uint8_t **bytes) {
    unsigned length = 0;
    gatehouse_openssl.SSL_get0_alpn_selected(session, bytes, &length);
    return *bytes ? length : 0;
}

int gatehouse_tls_version(const gatehouse_tls_session *session) { return gatehouse_openssl.SSL_version(session); }

const char *gatehouse_tls_cipher(const gatehouse_tls_session *session) {
    const SSL_CIPHER *cipher = gatehouse_openssl.SSL_get_current_cipher(session);
    return cipher ? gatehouse_openssl.SSL_CIPHER_get_name(cipher) : NULL;
}

const char *gatehouse_tls_server_name(const gatehouse_tls_session *session) {
    return gatehouse_openssl.SSL_get_servername(session, name_type_host);
}

int gatehouse_tls_was_resumed(const gatehouse_tls_session *session) {
    return gatehouse_openssl.SSL_session_reused(session);
}

const gatehouse_tls_certificate *gatehouse_tls_peer_certificate(const gatehouse_tls_session *session) {
    return gatehouse_openssl.SSL_get0_peer_certificate(session);
}

long gatehouse_tls_verify_result(const gatehouse_tls_session *session) {
    return gatehouse_openssl.SSL_get_verify_result(session);
}

int gatehouse_tls_kernel_directions(const gatehouse_tls_session *session) {
    int sends = gatehouse_openssl.BIO_ctrl(gatehouse_openssl.SSL_get_wbio(session), bio_ktls_send, 0, NULL) > 0;
    int receives = gatehouse_openssl.BIO_ctrl(gatehouse_openssl.SSL_get_rbio(session), bio_ktls_receive, 0, NULL) > 0;
    return sends | receives << 1;
}
