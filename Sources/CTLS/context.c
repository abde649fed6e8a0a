#include "failure.h"
#include "openssl.h"

#include <string.h>

/* Mozilla's "intermediate" list, version 5.7, less DHE: it needs parameters, and who lacks ECDHE lacks TLS 1.2 too. */
static const char ciphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
static const char suites[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
/* The hybrid group came with OpenSSL 3.5; an older one refuses the whole list. */
static const char groups[] = "X25519MLKEM768:X25519:P-256:P-384";
static const char groups_before_3_5[] = "X25519:P-256:P-384";

/* A server that asks for certificates resumes sessions only under some name; the ticket keys tell contexts apart. */
static const unsigned char session_context[] = "gatehouse";
enum { ticket_seconds = 3600 };

static long control(SSL_CTX *context, int command, long number, const char *text) {
    return gatehouse_openssl.SSL_CTX_ctrl(context, command, number, (void *)(uintptr_t)text);
}

static int set_versions(SSL_CTX *context, int minimum, int maximum) {
    return control(context, ctrl_minimum, minimum, NULL) == 1 && control(context, ctrl_maximum, maximum, NULL) == 1;
}

static int set_algorithms(SSL_CTX *context) {
    if (gatehouse_openssl.SSL_CTX_set_cipher_list(context, ciphers) != 1
        || gatehouse_openssl.SSL_CTX_set_ciphersuites(context, suites) != 1)
        return 0;
    return control(context, ctrl_groups, 0, groups) == 1
           || control(context, ctrl_groups, 0, groups_before_3_5) == 1;
}

static void set_options(SSL_CTX *context, unsigned flags) {
    uint64_t options = op_no_compression | op_no_renegotiation;
    if (flags & gatehouse_tls_server) options |= op_server_preference | op_prioritize_chacha;
    if (flags & gatehouse_tls_kernel) options |= op_ktls;
    if (flags & gatehouse_tls_without_tickets) options |= op_no_ticket;
    gatehouse_openssl.SSL_CTX_set_options(context, options);

    /* What a file does not hold is not sent: no chain is made up from trusted certificates. */
    long modes = mode_partial_write | mode_moving_buffer | mode_no_auto_chain;
    if (!(flags & gatehouse_tls_keeps_buffers)) modes |= mode_release_buffers;
    control(context, ctrl_mode, modes, NULL);
    /* One read of the socket for a record instead of two (header, body). */
    control(context, ctrl_read_ahead, 1, NULL);
}

/* Tickets hold all there is (RFC 5077): nothing is kept in the server. Their keys are made with the context. */
static int set_sessions(SSL_CTX *context, unsigned flags) {
    control(context, ctrl_cache_mode, cache_off, NULL);
    gatehouse_openssl.SSL_CTX_set_timeout(context, ticket_seconds);
    return gatehouse_openssl.SSL_CTX_set_session_id_context(context, session_context, sizeof session_context - 1) == 1
           && gatehouse_openssl.SSL_CTX_set_num_tickets(context, flags & gatehouse_tls_without_tickets ? 0 : 1) == 1;
}

gatehouse_tls_context *gatehouse_tls_context_new(unsigned flags, int minimum, int maximum,
                                                 gatehouse_tls_failure *failure) {
    gatehouse_clear_errors();
    SSL_CTX *context = gatehouse_openssl.SSL_CTX_new(flags & gatehouse_tls_server
                                                         ? gatehouse_openssl.TLS_server_method()
                                                         : gatehouse_openssl.TLS_client_method());
    if (context && set_versions(context, minimum, maximum) && set_algorithms(context) && set_sessions(context, flags)) {
        set_options(context, flags);
        gatehouse_openssl.ERR_clear_error(); /* an older OpenSSL complained of the newer groups */
        return context;
    }
    gatehouse_take_cause(failure);
    gatehouse_openssl.SSL_CTX_free(context);
    return NULL;
}

void gatehouse_tls_context_free(gatehouse_tls_context *context) { gatehouse_openssl.SSL_CTX_free(context); }

int gatehouse_tls_use_chain(gatehouse_tls_context *context, const char *path, gatehouse_tls_failure *failure) {
    gatehouse_clear_errors();
    if (gatehouse_openssl.SSL_CTX_use_certificate_chain_file(context, path) == 1) return 1;
    return gatehouse_take_cause(failure);
}

/* Stands in for OpenSSL's question on the terminal. */
static int refuse_passphrase(char *out, int capacity, int is_writing, void *encrypted) {
    if (capacity > 0) *out = 0;
    if (!is_writing) *(int *)encrypted = 1;
    return -1;
}

int gatehouse_tls_use_key(gatehouse_tls_context *context, const char *path, int *encrypted,
                          gatehouse_tls_failure *failure) {
    gatehouse_clear_errors();
    gatehouse_openssl.SSL_CTX_set_default_passwd_cb(context, refuse_passphrase);
    gatehouse_openssl.SSL_CTX_set_default_passwd_cb_userdata(context, encrypted);
    int ok = gatehouse_openssl.SSL_CTX_use_PrivateKey_file(context, path, file_pem) == 1
             && gatehouse_openssl.SSL_CTX_check_private_key(context) == 1;
    gatehouse_openssl.SSL_CTX_set_default_passwd_cb(context, NULL);
    gatehouse_openssl.SSL_CTX_set_default_passwd_cb_userdata(context, NULL);
    return ok ? 1 : gatehouse_take_cause(failure);
}

int gatehouse_tls_trust_file(gatehouse_tls_context *context, const char *path, gatehouse_tls_failure *failure) {
    gatehouse_clear_errors();
    if (gatehouse_openssl.SSL_CTX_load_verify_locations(context, path, NULL) == 1) return 1;
    return gatehouse_take_cause(failure);
}

int gatehouse_tls_trust_system(gatehouse_tls_context *context, gatehouse_tls_failure *failure) {
    gatehouse_clear_errors();
    if (gatehouse_openssl.SSL_CTX_set_default_verify_paths(context) == 1) return 1;
    return gatehouse_take_cause(failure);
}

int gatehouse_tls_name_authorities(gatehouse_tls_context *context, const char *path, gatehouse_tls_failure *failure) {
    gatehouse_clear_errors();
    X509_NAMES *names = gatehouse_openssl.SSL_load_client_CA_file(path);
    if (!names) return gatehouse_take_cause(failure);
    gatehouse_openssl.SSL_CTX_set_client_CA_list(context, names);
    return 1;
}

void gatehouse_tls_share_trust(gatehouse_tls_context *context, gatehouse_tls_context *other) {
    gatehouse_openssl.SSL_CTX_set1_cert_store(context, gatehouse_openssl.SSL_CTX_get_cert_store(other));
}

/* The result stays in the session, see gatehouse_tls_verify_result. */
static int accept_any(int is_good, X509_STORE_CTX *store) {
    (void)is_good;
    (void)store;
    return 1;
}

void gatehouse_tls_set_verification(gatehouse_tls_context *context, enum gatehouse_tls_verification verification) {
    int mode = verify_none;
    if (verification != gatehouse_tls_verify_none) mode = verify_peer;
    if (verification == gatehouse_tls_verify_required) mode |= verify_fail_without;
    gatehouse_openssl.SSL_CTX_set_verify(context, mode,
                                         verification == gatehouse_tls_verify_report ? accept_any : NULL);
}

/* Whether a list of protocols, each behind a byte with its length, has one; `at` becomes its place. */
static int has_protocol(const unsigned char *list, unsigned length, const unsigned char *wanted,
                        const unsigned char **at) {
    for (unsigned index = 0; index < length && list[index] < length - index; index += list[index] + 1u) {
        if (list[index] != wanted[0] || memcmp(list + index + 1, wanted + 1, wanted[0]) != 0) continue;
        *at = list + index + 1;
        return 1;
    }
    return 0;
}

/* RFC 7301, 3.2: our order decides, and no overlap ends the handshake. Without the extension this is not called. */
static int on_protocols(SSL *session, const unsigned char **out, unsigned char *out_length, const unsigned char *in,
                        unsigned in_length, void *argument) {
    const unsigned char *wire = argument;
    (void)session;
    for (unsigned index = 1; index <= wire[0]; index += wire[index] + 1u) {
        if (!has_protocol(in, in_length, wire + index, out)) continue;
        *out_length = wire[index];
        return callback_ok;
    }
    return callback_fatal;
}

void gatehouse_tls_select_protocol(gatehouse_tls_context *context, const uint8_t *wire) {
    gatehouse_openssl.SSL_CTX_set_alpn_select_cb(context, on_protocols, (void *)(uintptr_t)wire);
}

int gatehouse_tls_offer_protocols(gatehouse_tls_context *context, const uint8_t *wire) {
    /* This one function returns 0 when all is well. */
    return gatehouse_openssl.SSL_CTX_set_alpn_protos(context, wire + 1, wire[0]) == 0;
}

static int on_server_name(SSL *session, int *alert, void *argument) {
    const gatehouse_tls_chooser *chooser = argument;
    const char *name = gatehouse_openssl.SSL_get_servername(session, name_type_host);
    if (!name) return callback_no_ack;
    SSL_CTX *context = chooser->choose(name, chooser->argument);
    if (!context || gatehouse_openssl.SSL_set_SSL_CTX(session, context)) return callback_ok;
    *alert = alert_internal_error;
    return callback_fatal;
}

void gatehouse_tls_choose_by_name(gatehouse_tls_context *context, const gatehouse_tls_chooser *chooser) {
    gatehouse_openssl.SSL_CTX_callback_ctrl(context, ctrl_name_callback, (void (*)(void))on_server_name);
    gatehouse_openssl.SSL_CTX_ctrl(context, ctrl_name_argument, 0, (void *)(uintptr_t)chooser);
}

void gatehouse_tls_keep_tickets(gatehouse_tls_context *context,
                                int (*on_ticket)(gatehouse_tls_session *, gatehouse_tls_ticket *)) {
    control(context, ctrl_cache_mode, cache_client | cache_no_internal, NULL);
    gatehouse_openssl.SSL_CTX_sess_set_new_cb(context, on_ticket);
}

gatehouse_tls_ticket *gatehouse_tls_ticket_copy(const gatehouse_tls_ticket *ticket) {
    return gatehouse_openssl.SSL_SESSION_dup(ticket);
}

void gatehouse_tls_ticket_free(gatehouse_tls_ticket *ticket) { gatehouse_openssl.SSL_SESSION_free(ticket); }
