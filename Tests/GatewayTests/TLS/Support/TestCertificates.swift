import Foundation
import TestSupport
import Testing

@testable import Gateway

/// Certificates made by the `openssl` command, once a process.
struct TestCertificates: Sendable {
    /// For `.enabled(if:)`; the reason a test is skipped is ``absence``.
    static let canBeMade = Tool.path(of: "openssl") != nil
    static let absence: Comment = "the openssl command is not installed, which makes the certificates"

    private static let made = Result { try TestCertificates() }

    /// The files; makes them when first asked.
    static func files() throws -> TestCertificates { try made.get() }

    private let folder: TemporaryDirectory

    private init() throws {
        folder = try TemporaryDirectory("tls")
        let script = try folder.write(TestCertificates.script, to: "make.sh")
        let run = try ChildProcess.run("/bin/sh", [script], directory: folder.path)
        guard run.status == 0 else { throw Absent(what: "openssl failed: \(run.error)") }
    }

    func path(_ name: String) -> String { folder.file(name) }

    /// The chain and the key of a name in the script.
    func identity(_ name: String, serverNames: [String] = []) -> TLSIdentity {
        TLSIdentity(chainFile: path("\(name).pem"), keyFile: path("\(name).key"), serverNames: serverNames)
    }

    /// Signs what a server `example.test` shows.
    var authority: String { path("authority.pem") }

    private static let script = """
        set -e
        key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"; }
        authority() {
            key "$1"
            openssl req -x509 -new -key "$1.key" -subj "/CN=$1" -days 30 -out "$1.pem" \\
                -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,digitalSignature \\
                -addext "subjectAltName=DNS:$1.test"
        }
        signed() { # name, subject, subjectAltName, days, authority
            openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
            printf 'subjectAltName=%s\\nbasicConstraints=CA:FALSE\\n' "$3" > "$1.ext"
            openssl x509 -req -in "$1.csr" -CA "$5.pem" -CAkey "$5.key" -days "$4" -extfile "$1.ext" -out "$1.pem" \\
                -set_serial "0x0$(openssl rand -hex 8)"
        }
        leaf() { key "$1"; signed "$@"; }
        authority authority
        authority stranger
        leaf example "/CN=example" "DNS:example.test,DNS:localhost,IP:127.0.0.1,IP:::1" 10 authority
        leaf other "/CN=other" "DNS:other.test,DNS:*.wild.test" 10 authority
        leaf exact "/CN=exact" "DNS:Exact.Wild.test" 10 authority
        leaf expired "/CN=expired" "DNS:example.test" -1 authority
        openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key
        signed rsa "/CN=rsa" "DNS:rsa.test" 10 authority
        openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out weak.key
        signed weak "/CN=weak" "DNS:weak.test" 10 authority
        leaf client "/O=Gatehouse/CN=client \\"one\\"" "DNS:client.test,URI:spiffe://test/client,email:a@b.test" 10 \\
            authority
        leaf impostor "/CN=impostor" "DNS:client.test" 10 stranger
        cp example.key combined.pem
        cat example.pem >> combined.pem
        openssl pkey -in example.key -aes256 -passout pass:secret -out pkcs8.key
        openssl ec -in example.key -aes256 -passout pass:secret -out traditional.key
        printf 'no PEM\\n' > text.pem
        printf -- '-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n' > damaged.pem
        printf -- '-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----\\n' > damaged.key
        """
}
