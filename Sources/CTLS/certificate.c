#define _DEFAULT_SOURCE /* timegm */
#include "failure.h"
#include "openssl.h"

#include <limits.h>

const gatehouse_tls_certificate *gatehouse_tls_context_certificate(const gatehouse_tls_context *context) {
    return gatehouse_openssl.SSL_CTX_get0_certificate(context);
}

static int unix_seconds(const ASN1_TIME *time, int64_t *seconds) {
    struct tm parts;
    if (!time || gatehouse_openssl.ASN1_TIME_to_tm(time, &parts) != 1) return 0;
    *seconds = timegm(&parts);
    return 1;
}

int gatehouse_tls_validity(const gatehouse_tls_certificate *certificate, int64_t *not_before, int64_t *not_after) {
    gatehouse_clear_errors();
    return unix_seconds(gatehouse_openssl.X509_get0_notBefore(certificate), not_before)
           && unix_seconds(gatehouse_openssl.X509_get0_notAfter(certificate), not_after);
}

size_t gatehouse_tls_subject(const gatehouse_tls_certificate *certificate, char *out, size_t capacity) {
    gatehouse_clear_errors();
    BIO *text = gatehouse_openssl.BIO_new(gatehouse_openssl.BIO_s_mem());
    if (!text) return 0;
    const X509_NAME *name = gatehouse_openssl.X509_get_subject_name(certificate);
    int length = 0;
    if (name && gatehouse_openssl.X509_NAME_print_ex(text, name, 0, print_rfc2253) >= 0)
        length = gatehouse_openssl.BIO_read(text, out, capacity > INT_MAX ? INT_MAX : (int)capacity);
    gatehouse_openssl.BIO_free(text);
    gatehouse_openssl.ERR_clear_error();
    return length > 0 ? (size_t)length : 0;
}

static int is_wanted(int kind) {
    return kind == gatehouse_tls_name_email || kind == gatehouse_tls_name_dns || kind == gatehouse_tls_name_uri
           || kind == gatehouse_tls_name_address;
}

void gatehouse_tls_names(const gatehouse_tls_certificate *certificate, void *argument,
                         void (*each)(void *argument, int kind, const uint8_t *bytes, size_t length)) {
    gatehouse_clear_errors();
    GENERAL_NAMES *names = gatehouse_openssl.X509_get_ext_d2i(certificate, subject_alt_name, NULL, NULL);
    if (names) {
        const OPENSSL_STACK *stack = (const OPENSSL_STACK *)names;
        int count = gatehouse_openssl.OPENSSL_sk_num(stack);
        for (int index = 0; index < count; index++) {
            int kind = -1;
            const ASN1_STRING *value =
                gatehouse_openssl.GENERAL_NAME_get0_value(gatehouse_openssl.OPENSSL_sk_value(stack, index), &kind);
            if (!value || !is_wanted(kind)) continue;
            each(argument, kind, gatehouse_openssl.ASN1_STRING_get0_data(value),
                 (size_t)gatehouse_openssl.ASN1_STRING_length(value));
        }
        gatehouse_openssl.GENERAL_NAMES_free(names);
    }
    gatehouse_openssl.ERR_clear_error();
}
