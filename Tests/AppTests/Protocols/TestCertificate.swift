import Foundation
import TestSupport

/// A self-signed certificate for localhost, made by the `openssl` command.
struct TestCertificate {
    let chain: String
    let key: String

    static var isPossible: Bool { Tool.path(of: "openssl") != nil }

    /// In a folder, under a name; made again it is another one.
    init(_ name: String, in folder: TemporaryDirectory) throws {
        chain = folder.file("\(name).pem")
        key = folder.file("\(name).key")
        guard let openssl = Tool.path(of: "openssl") else { throw Absent(what: "openssl isn't installed") }
        let made = try ChildProcess.run(
            openssl,
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out",
                chain,
            ])
        guard made.status == 0 else { throw Absent(what: "openssl made no certificate: \(made.error)") }
    }
}

/// Runs curl and gives what it printed.
func curl(_ arguments: [String]) throws -> String {
    guard let curl = Tool.path(of: "curl") else { throw Absent(what: "curl isn't installed") }
    return try ChildProcess.run(curl, ["-sS", "-m", "20"] + arguments).output
}
