import TestSupport
import Testing

@testable import LogShipper

@Suite("Spool encryption", .enabled(if: SpoolCrypto.isAvailable))
struct SpoolEncryptionTests {
    private static func key(_ byte: UInt8) throws -> SpoolKey {
        try #require(SpoolKey([UInt8](repeating: byte, count: 32)))
    }

    private static func harness(_ keys: [SpoolKey]) throws -> SpoolHarness {
        let limits = SpoolLimits(maxBytes: 1 << 20, tenantMaxBytes: 1 << 20, segmentBytes: 4096)
        return try SpoolHarness(limits, keyring: SpoolKeyring(keys: keys))
    }

    @Test("encrypted lines come back, none of their bytes stand on the disk, and no nonce comes twice")
    func roundTrip() throws {
        let harness = try Self.harness([Self.key(7)])
        for _ in 0..<40 { _ = harness.append("acme", 20) }
        harness.checkpoint()
        var nonces: Set<String> = []
        for (path, node) in harness.system.files {
            let (header, length) = try SegmentHeader.decode(Array(node.content.prefix(512)))
            #expect(header.keyID == (try Self.key(7)).id)
            let file = try #require(try SegmentFile(path, system: harness.system))
            let scanner = SegmentScanner(file: file, salt: header.salt, end: file.size)
            var offset = Int64(length)
            while case .frame(let frame) = scanner.step(at: offset) {
                #expect(nonces.insert("\(header.salt)/\(frame.number)").inserted)
                offset = scanner.next(frame, at: offset)
            }
            #expect(offset == file.size)
            #expect(!node.content.contains(Array("\"seq\":1".utf8)))
            #expect(!node.content.contains(Array("/var/log".utf8)))
        }
        #expect(nonces.count == 40)
        try harness.reopen()
        try harness.drain()
        #expect(harness.logs["acme"]?.delivered == Array(0..<800))
    }

    @Test("a key that is missing is an error that names it, and no line is given up")
    func missingKey() throws {
        let harness = try Self.harness([Self.key(7)])
        _ = harness.append("acme", 20)
        harness.checkpoint()
        let store = SpoolStore(
            directory: "/spool", limits: harness.limits, keyring: SpoolKeyring(keys: [try Self.key(8)]),
            system: harness.system)
        let error = #expect(throws: SpoolError.self) { try store.open(harness.savedHeads) }
        let text = error?.description ?? ""
        #expect(text.contains("/spool/acme/000000000001.seg"))
        #expect(text.contains(try Self.key(7).name))
        #expect(text.contains("spool.key_files"))
        try harness.reopen()
        try harness.drain()
        #expect(harness.logs["acme"]?.delivered == Array(0..<20))
    }

    @Test("after a change of keys, new segments have the new one and old ones are still read; plain ones as well")
    func rotation() throws {
        let harness = try Self.harness([])
        _ = harness.append("acme", 10)
        harness.checkpoint()
        for (round, keys) in try [[Self.key(1)], [Self.key(2), Self.key(1)]].enumerated() {
            harness.keyring = SpoolKeyring(keys: keys)
            try harness.reopen()
            _ = harness.append("acme", 10)
            harness.checkpoint()
            #expect(harness.store.spools["acme"]?.segments.last?.header.keyID == keys[0].id)
            #expect(harness.store.spools["acme"]?.segments.count == round + 2)
        }
        try harness.drain()
        #expect(harness.logs["acme"]?.delivered == Array(0..<30))
    }

    @Test("whatever byte is changed, and its checksums made right again, the frame is not believed")
    func tampering() throws {
        let harness = try Self.harness([Self.key(7)])
        _ = harness.append("acme", 3)
        harness.checkpoint()
        let path = SpoolSegment.path("/spool/acme", 1)
        let original = try #require(harness.system.files[path]).content
        let (header, length) = try SegmentHeader.decode(Array(original.prefix(512)))
        for index in (length + 4)..<(original.count) where !(length + 48..<length + 56).contains(index) {
            var bytes = original
            bytes[index] ^= 1
            let payload = Array(bytes[(length + FrameHeader.size)...])
            let payloadCRC = payload.withUnsafeBytes { SpoolCRC.of($0) }
            withUnsafeBytes(of: payloadCRC.littleEndian) {
                bytes.replaceSubrange((length + 48)..<(length + 52), with: $0)
            }
            let headerCRC = withUnsafeBytes(of: header.salt.littleEndian) { salt in
                Array(bytes[length..<(length + 52)]).withUnsafeBytes { SpoolCRC.of($0, after: SpoolCRC.of(salt)) }
            }
            withUnsafeBytes(of: headerCRC.littleEndian) {
                bytes.replaceSubrange((length + 52)..<(length + 56), with: $0)
            }
            harness.system.files[path]?.content = bytes
            try harness.reopen()
            #expect(try !harness.deliver("acme"), "byte \(index)")
        }
    }

    @Test("a segment of another tenant is not taken for one's own")
    func moved() throws {
        let harness = try Self.harness([Self.key(7)])
        _ = harness.append("acme", 3)
        harness.checkpoint()
        try harness.system.makeDirectory("/spool/b")
        let descriptor = try harness.system.openForAppending(SpoolSegment.path("/spool/b", 1))
        try harness.system.write(
            descriptor, try #require(harness.system.files[SpoolSegment.path("/spool/acme", 1)]).content)
        try harness.reopen()
        #expect(!harness.store.hasUnread("b"))
        harness.checkpoint()
        #expect(harness.store.spools["b"] == nil)
    }

    @Test("a key file is 32 bytes or 64 hexadecimal digits, anything else is an error that names the file")
    func keyFiles() throws {
        let directory = try TemporaryDirectory("keys")
        let system = PosixStateFileSystem()
        let hex = String(repeating: "0aF1", count: 16)
        let raw = try directory.write([UInt8](repeating: 10, count: 31) + [0x0a], to: "raw")
        let text = try directory.write(" \(hex)\n", to: "hex")
        let keyring = try SpoolKeyring(files: [raw, text], system: system)
        #expect(keyring.keys.count == 2)
        #expect(keyring.current == SpoolKey([UInt8](repeating: 10, count: 31) + [0x0a]))
        #expect(keyring.keys[1] == SpoolKey((0..<16).flatMap { _ in [0x0a, 0xf1] as [UInt8] }))
        for bad in ["", "abc", hex + "0", String(hex.dropLast()) + "g"] {
            let path = try directory.write(bad, to: "bad")
            #expect(throws: SpoolError.badKeyFile(path)) { try SpoolKeyring(files: [path], system: system) }
        }
        #expect(throws: SpoolError.self) { try SpoolKeyring(files: [directory.file("none")], system: system) }
    }
}
