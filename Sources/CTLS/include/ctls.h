#ifndef GATEHOUSE_CTLS_H
#define GATEHOUSE_CTLS_H
#include <stddef.h>
#include <stdint.h>

/*
 * TLS by OpenSSL 3's libssl, found with dlopen when first asked for. Nothing is needed to build or to run without it;
 * the other functions must only be called when `available` says 1. A context may be used by any thread once it is set
 * up; a session by one thread at a time.
 */
int gatehouse_tls_available(void);
/* Why it is not available; an empty text where it is. */
const char *gatehouse_tls_problem(void);

typedef struct ssl_ctx_st gatehouse_tls_context;
typedef struct ssl_st gatehouse_tls_session;
typedef struct ssl_session_st gatehouse_tls_ticket;
typedef struct x509_st gatehouse_tls_certificate;

/* What went wrong, complete in itself: OpenSSL's queue of errors and `errno` are per thread and soon overwritten. */
typedef struct {
    unsigned long code; /* OpenSSL's packed error, or 0 */
    long verify;        /* X509_V_ERR_*, where a certificate was not accepted, or 0 */
    int system;         /* errno, where the socket or a file failed, or 0 */
} gatehouse_tls_failure;

/* ---- Texts. All are constants of OpenSSL; NULL where it has none. */
const char *gatehouse_tls_reason_text(unsigned long code);
const char *gatehouse_tls_verify_text(long verify);
/* The library part and the reason part of an error: ERR_GET_LIB and ERR_GET_REASON. */
int gatehouse_tls_error_library(unsigned long code);
int gatehouse_tls_error_reason(unsigned long code);

/* ---- Contexts. Functions that can fail return 1, or 0 and the failure. */
enum {
    gatehouse_tls_server = 1,          /* else a client */
    gatehouse_tls_kernel = 2,          /* SSL_OP_ENABLE_KTLS */
    gatehouse_tls_keeps_buffers = 4,   /* without SSL_MODE_RELEASE_BUFFERS */
    gatehouse_tls_without_tickets = 8, /* no resumption */
};

/* `minimum` and `maximum` are wire numbers: 0x0303 is TLS 1.2. NULL without memory or if OpenSSL refuses a setting. */
gatehouse_tls_context *gatehouse_tls_context_new(unsigned flags, int minimum, int maximum,
                                                 gatehouse_tls_failure *failure);
void gatehouse_tls_context_free(gatehouse_tls_context *context);

int gatehouse_tls_use_chain(gatehouse_tls_context *context, const char *path, gatehouse_tls_failure *failure);
/* After the chain. `encrypted` becomes 1 when the key needs a passphrase. */
int gatehouse_tls_use_key(gatehouse_tls_context *context, const char *path, int *encrypted,
                          gatehouse_tls_failure *failure);
int gatehouse_tls_trust_file(gatehouse_tls_context *context, const char *path, gatehouse_tls_failure *failure);
int gatehouse_tls_trust_system(gatehouse_tls_context *context, gatehouse_tls_failure *failure);
/* Names the authorities of a file in the request for a client's certificate. */
int gatehouse_tls_name_authorities(gatehouse_tls_context *context, const char *path, gatehouse_tls_failure *failure);
/* Lets `context` trust what `other` trusts, in one copy. */
void gatehouse_tls_share_trust(gatehouse_tls_context *context, gatehouse_tls_context *other);

enum gatehouse_tls_verification {
    gatehouse_tls_verify_none,      /* a server asks for no certificate, a client accepts every one */
    gatehouse_tls_verify_if_given,  /* a certificate that is given must be good */
    gatehouse_tls_verify_required,  /* a good certificate must be given */
    gatehouse_tls_verify_report,    /* a certificate is asked for; a bad one is accepted and reported */
};
void gatehouse_tls_set_verification(gatehouse_tls_context *context, enum gatehouse_tls_verification verification);

/* `wire` is a byte with the length of the list, then the list as RFC 7301 has it; it must outlive the context. */
void gatehouse_tls_select_protocol(gatehouse_tls_context *context, const uint8_t *wire);
/* The same list for a client; it is copied. */
int gatehouse_tls_offer_protocols(gatehouse_tls_context *context, const uint8_t *wire);

/* Asked for each name that a client sends (SNI); NULL means that the session's own context serves it. */
typedef gatehouse_tls_context *(*gatehouse_tls_choose)(const char *name, const void *argument);
typedef struct {
    gatehouse_tls_choose choose;
    const void *argument;
} gatehouse_tls_chooser;
/* `chooser` and its argument must outlive the context. */
void gatehouse_tls_choose_by_name(gatehouse_tls_context *context, const gatehouse_tls_chooser *chooser);

/* `on_ticket` is called inside a session's other calls when the server gave a ticket; it returns 0 and copies it. */
void gatehouse_tls_keep_tickets(gatehouse_tls_context *context,
                                int (*on_ticket)(gatehouse_tls_session *, gatehouse_tls_ticket *));
/* NULL without memory. Copies are never changed by OpenSSL's connections, which is why threads may share them. */
gatehouse_tls_ticket *gatehouse_tls_ticket_copy(const gatehouse_tls_ticket *ticket);
void gatehouse_tls_ticket_free(gatehouse_tls_ticket *ticket);

/* ---- Certificates. A borrowed one lives as long as its context or, for a peer's, its session. */
/* The leaf; NULL before a chain was loaded. */
const gatehouse_tls_certificate *gatehouse_tls_context_certificate(const gatehouse_tls_context *context);
/* Unix seconds; 1, or 0 when the time cannot be read. */
int gatehouse_tls_validity(const gatehouse_tls_certificate *certificate, int64_t *not_before, int64_t *not_after);
/* Writes the subject as RFC 2253 has it, in ASCII, without an end mark; returns its length, never over `capacity`. */
size_t gatehouse_tls_subject(const gatehouse_tls_certificate *certificate, char *out, size_t capacity);
enum gatehouse_tls_name {
    gatehouse_tls_name_email = 1,
    gatehouse_tls_name_dns = 2,
    gatehouse_tls_name_uri = 6,
    gatehouse_tls_name_address = 7, /* 4 or 16 bytes */
};
/* Calls `each` for every subjectAltName of these kinds. */
void gatehouse_tls_names(const gatehouse_tls_certificate *certificate, void *argument,
                         void (*each)(void *argument, int kind, const uint8_t *bytes, size_t length));

/* ---- Sessions. */
enum { /* what a call that moves bytes returns; else how many it moved */
    gatehouse_tls_wants_read = -1,
    gatehouse_tls_wants_write = -2,
    gatehouse_tls_closed = -3,    /* the peer sent close_notify */
    gatehouse_tls_truncated = -4, /* the connection ended without it */
    gatehouse_tls_failed = -5,
};

/* NULL without memory. */
gatehouse_tls_session *gatehouse_tls_session_new(gatehouse_tls_context *context, int descriptor, int is_server);
/* `is_sound` is 0 after a failure, and then a ticket got in this session is not used again. */
void gatehouse_tls_session_free(gatehouse_tls_session *session, int is_sound);
/* A pointer for callbacks; it is only kept. */
void gatehouse_tls_set_owner(gatehouse_tls_session *session, void *owner);
void *gatehouse_tls_owner(const gatehouse_tls_session *session);
/* What the certificate must be for: a host name, or the text of an IP address. Returns 1, or 0 when it is none. */
int gatehouse_tls_expect_host(gatehouse_tls_session *session, const char *name);
int gatehouse_tls_expect_address(gatehouse_tls_session *session, const char *address);
/* Sends the name (SNI). */
int gatehouse_tls_send_name(gatehouse_tls_session *session, const char *name);
int gatehouse_tls_resume(gatehouse_tls_session *session, gatehouse_tls_ticket *ticket);

/* 0 when done. */
long gatehouse_tls_handshake(gatehouse_tls_session *session, gatehouse_tls_failure *failure);
/* At least one byte must be asked for. */
long gatehouse_tls_read(gatehouse_tls_session *session, void *out, size_t capacity, gatehouse_tls_failure *failure);
long gatehouse_tls_write(gatehouse_tls_session *session, const void *in, size_t count, gatehouse_tls_failure *failure);
/* Sends close_notify, once; 0 when sent. */
long gatehouse_tls_shutdown(gatehouse_tls_session *session, gatehouse_tls_failure *failure);
/* Decrypted bytes that wait. */
int gatehouse_tls_pending(const gatehouse_tls_session *session);
/* Whether anything read from the socket waits, decrypted or not. */
int gatehouse_tls_has_pending(const gatehouse_tls_session *session);

/* ---- What a handshake agreed on. */
int gatehouse_tls_is_established(const gatehouse_tls_session *session);
/* The protocol's bytes and their count, 0 for none. */
unsigned gatehouse_tls_protocol(const gatehouse_tls_session *session, const uint8_t **bytes);
int gatehouse_tls_version(const gatehouse_tls_session *session);
/* NULL before there is one. */
const char *gatehouse_tls_cipher(const gatehouse_tls_session *session);
const char *gatehouse_tls_server_name(const gatehouse_tls_session *session);
int gatehouse_tls_was_resumed(const gatehouse_tls_session *session);
const gatehouse_tls_certificate *gatehouse_tls_peer_certificate(const gatehouse_tls_session *session);
/* 0 when the peer's certificate is good. */
long gatehouse_tls_verify_result(const gatehouse_tls_session *session);
/* 1 when the kernel encrypts, plus 2 when it decrypts. */
int gatehouse_tls_kernel_directions(const gatehouse_tls_session *session);
#endif
