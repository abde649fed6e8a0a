#ifndef GATEHOUSE_CTLS_OPENSSL_H
#define GATEHOUSE_CTLS_OPENSSL_H
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * The part of OpenSSL 3's interface that is used, declared again, since its headers need not be installed. The tags are
 * OpenSSL's own, so a compiler that has the headers can compare every declaration (TLSDeclarationTests).
 */
typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_method_st SSL_METHOD;
typedef struct ssl_session_st SSL_SESSION;
typedef struct ssl_cipher_st SSL_CIPHER;
typedef struct x509_st X509;
typedef struct x509_store_st X509_STORE;
typedef struct x509_store_ctx_st X509_STORE_CTX;
typedef struct X509_name_st X509_NAME;
typedef struct X509_VERIFY_PARAM_st X509_VERIFY_PARAM;
typedef struct asn1_string_st ASN1_TIME;
typedef struct asn1_string_st ASN1_STRING;
typedef struct bio_st BIO;
typedef struct bio_method_st BIO_METHOD;
typedef struct stack_st OPENSSL_STACK;
typedef struct stack_st_X509_NAME X509_NAMES;
typedef struct stack_st_GENERAL_NAME GENERAL_NAMES;
typedef struct GENERAL_NAME_st GENERAL_NAME;
typedef struct ossl_init_settings_st OPENSSL_INIT_SETTINGS;

#define GATEHOUSE_OPENSSL(X) \
    X(int, OPENSSL_init_ssl, (uint64_t, const OPENSSL_INIT_SETTINGS *)) \
    X(const SSL_METHOD *, TLS_server_method, (void)) \
    X(const SSL_METHOD *, TLS_client_method, (void)) \
    X(SSL_CTX *, SSL_CTX_new, (const SSL_METHOD *)) \
    X(void, SSL_CTX_free, (SSL_CTX *)) \
    X(uint64_t, SSL_CTX_set_options, (SSL_CTX *, uint64_t)) \
    X(long, SSL_CTX_ctrl, (SSL_CTX *, int, long, void *)) \
    X(long, SSL_CTX_callback_ctrl, (SSL_CTX *, int, void (*)(void))) \
    X(int, SSL_CTX_set_cipher_list, (SSL_CTX *, const char *)) \
    X(int, SSL_CTX_set_ciphersuites, (SSL_CTX *, const char *)) \
    X(int, SSL_CTX_set_session_id_context, (SSL_CTX *, const unsigned char *, unsigned)) \
    X(int, SSL_CTX_set_num_tickets, (SSL_CTX *, size_t)) \
    X(long, SSL_CTX_set_timeout, (SSL_CTX *, long)) \
    X(void, SSL_CTX_sess_set_new_cb, (SSL_CTX *, int (*)(SSL *, SSL_SESSION *))) \
    X(int, SSL_CTX_use_certificate_chain_file, (SSL_CTX *, const char *)) \
    X(int, SSL_CTX_use_PrivateKey_file, (SSL_CTX *, const char *, int)) \
    X(int, SSL_CTX_check_private_key, (const SSL_CTX *)) \
    X(void, SSL_CTX_set_default_passwd_cb, (SSL_CTX *, int (*)(char *, int, int, void *))) \
    X(void, SSL_CTX_set_default_passwd_cb_userdata, (SSL_CTX *, void *)) \
    X(int, SSL_CTX_load_verify_locations, (SSL_CTX *, const char *, const char *)) \
    X(int, SSL_CTX_set_default_verify_paths, (SSL_CTX *)) \
    X(X509_NAMES *, SSL_load_client_CA_file, (const char *)) \
    X(void, SSL_CTX_set_client_CA_list, (SSL_CTX *, X509_NAMES *)) \
    X(X509_STORE *, SSL_CTX_get_cert_store, (const SSL_CTX *)) \
    X(void, SSL_CTX_set1_cert_store, (SSL_CTX *, X509_STORE *)) \
    X(void, SSL_CTX_set_verify, (SSL_CTX *, int, int (*)(int, X509_STORE_CTX *))) \
    X(void, SSL_CTX_set_alpn_select_cb, \
      (SSL_CTX *, \
       int (*)(SSL *, const unsigned char **, unsigned char *, const unsigned char *, unsigned, void *), void *)) \
    X(int, SSL_CTX_set_alpn_protos, (SSL_CTX *, const unsigned char *, unsigned)) \
    X(X509 *, SSL_CTX_get0_certificate, (const SSL_CTX *)) \
    X(SSL *, SSL_new, (SSL_CTX *)) \
    X(void, SSL_free, (SSL *)) \
    X(int, SSL_set_fd, (SSL *, int)) \
    X(void, SSL_set_accept_state, (SSL *)) \
    X(void, SSL_set_connect_state, (SSL *)) \
    X(int, SSL_set_ex_data, (SSL *, int, void *)) \
    X(void *, SSL_get_ex_data, (const SSL *, int)) \
    X(SSL_CTX *, SSL_set_SSL_CTX, (SSL *, SSL_CTX *)) \
    X(int, SSL_do_handshake, (SSL *)) \
    X(int, SSL_is_init_finished, (const SSL *)) \
    X(int, SSL_read_ex, (SSL *, void *, size_t, size_t *)) \
    X(int, SSL_write_ex, (SSL *, const void *, size_t, size_t *)) \
    X(int, SSL_pending, (const SSL *)) \
    X(int, SSL_has_pending, (const SSL *)) \
    X(int, SSL_shutdown, (SSL *)) \
    X(void, SSL_set_shutdown, (SSL *, int)) \
    X(int, SSL_get_error, (const SSL *, int)) \
    X(long, SSL_ctrl, (SSL *, int, long, void *)) \
    X(int, SSL_set1_host, (SSL *, const char *)) \
    X(void, SSL_set_hostflags, (SSL *, unsigned)) \
    X(X509_VERIFY_PARAM *, SSL_get0_param, (SSL *)) \
    X(int, SSL_set_session, (SSL *, SSL_SESSION *)) \
    X(SSL_SESSION *, SSL_SESSION_dup, (const SSL_SESSION *)) \
    X(void, SSL_SESSION_free, (SSL_SESSION *)) \
    X(int, SSL_session_reused, (const SSL *)) \
    X(const char *, SSL_get_servername, (const SSL *, const int)) \
    X(void, SSL_get0_alpn_selected, (const SSL *, const unsigned char **, unsigned *)) \
    X(int, SSL_version, (const SSL *)) \
    X(const SSL_CIPHER *, SSL_get_current_cipher, (const SSL *)) \
    X(const char *, SSL_CIPHER_get_name, (const SSL_CIPHER *)) \
    X(X509 *, SSL_get0_peer_certificate, (const SSL *)) \
    X(long, SSL_get_verify_result, (const SSL *)) \
    X(BIO *, SSL_get_rbio, (const SSL *)) \
    X(BIO *, SSL_get_wbio, (const SSL *)) \
    X(void, ERR_clear_error, (void)) \
    X(unsigned long, ERR_peek_error, (void)) \
    X(unsigned long, ERR_peek_last_error, (void)) \
    X(const char *, ERR_reason_error_string, (unsigned long)) \
    X(const char *, X509_verify_cert_error_string, (long)) \
    X(int, X509_VERIFY_PARAM_set1_ip_asc, (X509_VERIFY_PARAM *, const char *)) \
    X(const ASN1_TIME *, X509_get0_notBefore, (const X509 *)) \
    X(const ASN1_TIME *, X509_get0_notAfter, (const X509 *)) \
    X(int, ASN1_TIME_to_tm, (const ASN1_TIME *, struct tm *)) \
    X(X509_NAME *, X509_get_subject_name, (const X509 *)) \
    X(int, X509_NAME_print_ex, (BIO *, const X509_NAME *, int, unsigned long)) \
    X(void *, X509_get_ext_d2i, (const X509 *, int, int *, int *)) \
    X(int, OPENSSL_sk_num, (const OPENSSL_STACK *)) \
    X(void *, OPENSSL_sk_value, (const OPENSSL_STACK *, int)) \
    X(void *, GENERAL_NAME_get0_value, (const GENERAL_NAME *, int *)) \
    X(void, GENERAL_NAMES_free, (GENERAL_NAMES *)) \
    X(const unsigned char *, ASN1_STRING_get0_data, (const ASN1_STRING *)) \
    X(int, ASN1_STRING_length, (const ASN1_STRING *)) \
    X(BIO *, BIO_new, (const BIO_METHOD *)) \
    X(const BIO_METHOD *, BIO_s_mem, (void)) \
    X(int, BIO_read, (BIO *, void *, int)) \
    X(long, BIO_ctrl, (BIO *, int, long, void *)) \
    X(int, BIO_free, (BIO *))

/* OpenSSL's numbers, with the names they have there behind ours. */
#define GATEHOUSE_OPENSSL_NUMBERS(X) \
    X(file_pem, 1, SSL_FILETYPE_PEM) \
    X(init_no_atexit, 0x00080000, OPENSSL_INIT_NO_ATEXIT) \
    X(op_ktls, 1 << 3, SSL_OP_ENABLE_KTLS) \
    X(op_no_ticket, 1 << 14, SSL_OP_NO_TICKET) \
    X(op_no_compression, 1 << 17, SSL_OP_NO_COMPRESSION) \
    X(op_prioritize_chacha, 1 << 21, SSL_OP_PRIORITIZE_CHACHA) \
    X(op_server_preference, 1 << 22, SSL_OP_CIPHER_SERVER_PREFERENCE) \
    X(op_no_renegotiation, 1 << 30, SSL_OP_NO_RENEGOTIATION) \
    X(mode_partial_write, 0x01, SSL_MODE_ENABLE_PARTIAL_WRITE) \
    X(mode_moving_buffer, 0x02, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER) \
    X(mode_no_auto_chain, 0x08, SSL_MODE_NO_AUTO_CHAIN) \
    X(mode_release_buffers, 0x10, SSL_MODE_RELEASE_BUFFERS) \
    X(ctrl_mode, 33, SSL_CTRL_MODE) \
    X(ctrl_read_ahead, 41, SSL_CTRL_SET_READ_AHEAD) \
    X(ctrl_cache_mode, 44, SSL_CTRL_SET_SESS_CACHE_MODE) \
    X(ctrl_name_callback, 53, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB) \
    X(ctrl_name_argument, 54, SSL_CTRL_SET_TLSEXT_SERVERNAME_ARG) \
    X(ctrl_host_name, 55, SSL_CTRL_SET_TLSEXT_HOSTNAME) \
    X(ctrl_groups, 92, SSL_CTRL_SET_GROUPS_LIST) \
    X(ctrl_minimum, 123, SSL_CTRL_SET_MIN_PROTO_VERSION) \
    X(ctrl_maximum, 124, SSL_CTRL_SET_MAX_PROTO_VERSION) \
    X(cache_off, 0, SSL_SESS_CACHE_OFF) \
    X(cache_client, 0x001, SSL_SESS_CACHE_CLIENT) \
    X(cache_no_internal, 0x300, SSL_SESS_CACHE_NO_INTERNAL) \
    X(verify_none, 0, SSL_VERIFY_NONE) \
    X(verify_peer, 1, SSL_VERIFY_PEER) \
    X(verify_fail_without, 2, SSL_VERIFY_FAIL_IF_NO_PEER_CERT) \
    X(name_type_host, 0, TLSEXT_NAMETYPE_host_name) \
    X(callback_ok, 0, SSL_TLSEXT_ERR_OK) \
    X(callback_fatal, 2, SSL_TLSEXT_ERR_ALERT_FATAL) \
    X(callback_no_ack, 3, SSL_TLSEXT_ERR_NOACK) \
    X(alert_internal_error, 80, SSL_AD_INTERNAL_ERROR) \
    X(error_ssl, 1, SSL_ERROR_SSL) \
    X(error_want_read, 2, SSL_ERROR_WANT_READ) \
    X(error_want_write, 3, SSL_ERROR_WANT_WRITE) \
    X(error_syscall, 5, SSL_ERROR_SYSCALL) \
    X(error_zero_return, 6, SSL_ERROR_ZERO_RETURN) \
    X(shutdown_both, 3, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN) \
    X(library_system, 2, ERR_LIB_SYS) \
    X(library_ssl, 20, ERR_LIB_SSL) \
    X(reason_verify_failed, 134, SSL_R_CERTIFICATE_VERIFY_FAILED) \
    X(reason_unexpected_eof, 294, SSL_R_UNEXPECTED_EOF_WHILE_READING) \
    X(host_no_partial_wildcards, 0x04, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS) \
    X(host_never_subject, 0x20, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT) \
    X(subject_alt_name, 85, NID_subject_alt_name) \
    X(print_rfc2253, 0x1110317, XN_FLAG_RFC2253) \
    X(bio_ktls_send, 73, BIO_CTRL_GET_KTLS_SEND) \
    X(bio_ktls_receive, 76, BIO_CTRL_GET_KTLS_RECV)

#define GATEHOUSE_NUMBER(name, value, theirs) name = value,
enum { GATEHOUSE_OPENSSL_NUMBERS(GATEHOUSE_NUMBER) };
#undef GATEHOUSE_NUMBER

#define GATEHOUSE_POINTER(result, name, arguments) result(*name) arguments;
struct gatehouse_openssl {
    GATEHOUSE_OPENSSL(GATEHOUSE_POINTER)
};
#undef GATEHOUSE_POINTER

/* Complete once gatehouse_tls_available said 1. */
extern struct gatehouse_openssl gatehouse_openssl;
#endif
