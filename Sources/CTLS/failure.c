#include "failure.h"
#include "openssl.h"

#include <errno.h>

/* ERR_GET_LIB and ERR_GET_REASON are inline functions of <openssl/err.h>, the same since 3.0. */
static const unsigned long system_flag = 0x80000000ul;

int gatehouse_tls_error_library(unsigned long code) {
    return code & system_flag ? library_system : (int)(code >> 23 & 0xff);
}

int gatehouse_tls_error_reason(unsigned long code) {
    return (int)(code & (code & system_flag ? 0x7ffffffful : 0x7ffffful));
}

const char *gatehouse_tls_reason_text(unsigned long code) { return gatehouse_openssl.ERR_reason_error_string(code); }

const char *gatehouse_tls_verify_text(long verify) {
    return gatehouse_openssl.X509_verify_cert_error_string(verify);
}

void gatehouse_clear_errors(void) {
    gatehouse_openssl.ERR_clear_error();
    errno = 0;
}

static void take(unsigned long code, int system, gatehouse_tls_failure *failure) {
    failure->code = code;
    failure->verify = 0;
    failure->system = code == 0 ? system : 0;
    if (gatehouse_tls_error_library(code) == library_system) failure->system = gatehouse_tls_error_reason(code);
    gatehouse_openssl.ERR_clear_error();
}

void gatehouse_take_failure(gatehouse_tls_failure *failure) {
    int system = errno;
    take(gatehouse_openssl.ERR_peek_last_error(), system, failure);
}

int gatehouse_take_cause(gatehouse_tls_failure *failure) {
    int system = errno;
    take(gatehouse_openssl.ERR_peek_error(), system, failure);
    return 0;
}
