import Foundation
import TestSupport
import Testing

/// Our declarations of OpenSSL's functions and numbers, compared with its headers by a compiler.
@Suite("TLS declarations")
struct TLSDeclarationTests {
    private static let compiler = Tool.path(of: "clang") ?? Tool.path(of: "cc")
    private static let hasHeaders = FileManager.default.fileExists(atPath: "/usr/include/openssl/ssl.h")

    private static let program = """
        #include <openssl/err.h>
        #include <openssl/ssl.h>
        #include <openssl/x509v3.h>
        #include "openssl.h"
        #include "ctls.h"
        #define FUNCTION(result, name, arguments) \\
            void check_##name(void); \\
            void check_##name(void) { result(*ours) arguments = name; (void)ours; }
        GATEHOUSE_OPENSSL(FUNCTION)
        #define NUMBER(name, value, theirs) \\
            _Static_assert((unsigned long long)(value) == (unsigned long long)(theirs), #theirs);
        GATEHOUSE_OPENSSL_NUMBERS(NUMBER)
        _Static_assert((int)gatehouse_tls_name_dns == GEN_DNS && (int)gatehouse_tls_name_uri == GEN_URI, "");
        _Static_assert((int)gatehouse_tls_name_email == GEN_EMAIL && (int)gatehouse_tls_name_address == GEN_IPADD, "");
        /* What TLSFailure.swift and PEMFile.swift call by number. */
        _Static_assert(ERR_LIB_PEM == 9 && ERR_LIB_X509 == 11 && ERR_LIB_SSL == 20 && ERR_LIB_OSSL_DECODER == 60, "");
        _Static_assert(SSL_R_NO_SUITABLE_KEY_SHARE == 101 && SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM == 118, "");
        _Static_assert(SSL_R_NO_SHARED_CIPHER == 193 && SSL_R_NO_SUITABLE_GROUPS == 295, "");
        _Static_assert(SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS == 376 && SSL_R_NO_SHARED_GROUPS == 410, "");
        _Static_assert(SSL_R_NO_APPLICATION_PROTOCOL == 235 && SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE == 199, "");
        _Static_assert(SSL_R_VERSION_TOO_HIGH == 166 && SSL_R_NO_PROTOCOLS_AVAILABLE == 191, "");
        _Static_assert(SSL_R_UNSUPPORTED_PROTOCOL == 258 && SSL_R_VERSION_TOO_LOW == 396, "");
        _Static_assert(SSL_R_HTTPS_PROXY_REQUEST == 155 && SSL_R_HTTP_REQUEST == 156, "");
        _Static_assert(SSL_R_UNKNOWN_PROTOCOL == 252 && SSL_R_WRONG_VERSION_NUMBER == 267, "");
        _Static_assert(SSL_R_BAD_WRITE_RETRY == 127 && SSL_R_BAD_LENGTH == 271 && SSL_R_UNINITIALIZED == 276, "");
        _Static_assert(ERR_R_MALLOC_FAILURE == 786688 && ERR_R_INTERNAL_ERROR == 786691, "");
        _Static_assert(ERR_R_UNSUPPORTED == 524556 && SSL_R_NO_CERTIFICATE_ASSIGNED == 177, "");
        _Static_assert(X509_R_KEY_TYPE_MISMATCH == 115 && X509_R_KEY_VALUES_MISMATCH == 116, "");
        _Static_assert(X509_R_NO_CERTIFICATE_FOUND == 135 && X509_R_NO_CRL_FOUND == 137, "");
        _Static_assert(PEM_R_NO_START_LINE == 108 && SSL_AD_REASON_OFFSET == 1000, "");

        """

    @Test(
        "they are OpenSSL's own",
        .enabled(if: hasHeaders && compiler != nil, "OpenSSL's headers or a C compiler are not installed"))
    func declarations() throws {
        let folder = try TemporaryDirectory("tls")
        let source = try folder.write(Self.program, to: "check.c")
        let ours = "\(Places.packageRoot)/Sources/CTLS"
        let run = try ChildProcess.run(
            try #require(Self.compiler),
            ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I\(ours)", "-I\(ours)/include", source])
        #expect(run.status == 0, "\(run.error)")
    }
}
