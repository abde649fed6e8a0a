import CZlib

/// The shipper's progress: what every file was when it was last looked at, and what of it is not done.
struct Checkpoint: Equatable, Sendable {
    /// Grows by one with every save; of two valid generations the higher one counts.
    var sequence: UInt64 = 0
    /// A hash of what decides which tenant a line has. Under another one, tenants' own offsets mean nothing.
    var routing: UInt64 = 0
    var files: [RememberedFile] = []
    /// How far each tenant's spool is done, by the spool's name.
    var spools: [String: SpoolHead] = [:]
}

/// Why bytes are no checkpoint.
enum CheckpointError: Error, Equatable, CustomStringConvertible {
    /// Cut off, changed, or never one.
    case corrupt(String)
    /// Written by a version that this one does not know.
    case foreignVersion(String)

    var description: String {
        switch self {
        case .corrupt(let what): "the checkpoint is damaged: \(what)"
        case .foreignVersion(let version): "the checkpoint has version \(version), this program writes version 2"
        }
    }
}

/// The checkpoint's text form, version 2: a header with version, CRC-32 and length of the rest, then a line a file and a
/// line for each tenant of it that is behind, then a line a spool and one for each gap in it. Version 1 is read
/// too; its files end with the path, and it has no spools.
///
/// ```
/// gatehouse-shipper-checkpoint 2 <crc32> <bytes>
/// state <sequence> <routing>
/// file <device> <inode> <front> <inside-long-line> <fingerprint bytes> <hash> <marker bytes> <hash> <seen> <path> <key>
///      <unread bytes> <path without links, or nothing>
/// pending <offset> <tenant>
/// spool <incarnation> <done lines> <done bytes> <moved lines> <moved bytes> <name>
/// gap <first line> <first byte> <end line> <end byte>
/// ```
enum CheckpointCodec {
    private static let magic = "gatehouse-shipper-checkpoint"

    static func encode(_ checkpoint: Checkpoint) -> [UInt8] {
        let body = GrowableBytes(capacity: 1024 + checkpoint.files.count * 224)
        body.append("state ")
        DecimalText.append(checkpoint.sequence, to: body)
        appendHex(checkpoint.routing, to: body)
        body.append(0x0a)
        for file in checkpoint.files {
            append(file, to: body)
            guard !file.pending.isEmpty else { continue }
            for (tenant, offset) in file.pending.sorted(by: { $0.key < $1.key }) {
                body.append("pending ")
                append(offset, to: body)
                appendEscaped(tenant, to: body)
                body.append(0x0a)
            }
        }
        body.append(Array(spools(checkpoint.spools).utf8))
        let sum = UInt32(truncatingIfNeeded: crc32_z(0, body.bytes.baseAddress, body.count))
        var bytes = Array("\(magic) 2 \(hex(UInt64(sum))) \(body.count)\n".utf8)
        bytes.append(contentsOf: body.bytes)
        return bytes
    }

    private static func append(_ file: RememberedFile, to body: GrowableBytes) {
        body.append("file ")
        DecimalText.append(file.identity.device, to: body)
        appendNumber(file.identity.inode, to: body)
        appendNumber(file.front, to: body)
        body.append(file.isInsideLongLine ? " 1" : " 0")
        appendNumber(Int64(file.fingerprint.count), to: body)
        appendHex(file.fingerprint.hash, to: body)
        appendNumber(Int64(file.marker.count), to: body)
        appendHex(file.marker.hash, to: body)
        appendNumber(file.lastSeenSeconds, to: body)
        appendEscaped(file.path, to: body)
        appendHex(file.key, to: body)
        appendNumber(file.unreadBytes, to: body)
        appendEscaped(file.realPath ?? "", to: body)
        body.append(0x0a)
    }

    private static func append(_ value: Int64, to body: GrowableBytes) {
        if value < 0 { body.append(0x2d) }
        DecimalText.append(value.magnitude, to: body)
    }

    // What follows has a space in front.

    private static func appendNumber(_ value: Int64, to body: GrowableBytes) {
        body.append(0x20)
        append(value, to: body)
    }

    private static func appendNumber(_ value: UInt64, to body: GrowableBytes) {
        body.append(0x20)
        DecimalText.append(value, to: body)
    }

    private static func appendHex(_ value: UInt64, to body: GrowableBytes) {
        body.append(0x20)
        var shift = max(0, (63 - value.leadingZeroBitCount) & ~3)
        while shift >= 0 {
            appendDigit(UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 0xf, to: body)
            shift -= 4
        }
    }

    private static func appendDigit(_ value: UInt8, to body: GrowableBytes) {
        body.append(value < 10 ? 0x30 + value : 0x57 + value)
    }

    private static func appendEscaped(_ text: String, to body: GrowableBytes) {
        body.append(0x20)
        var text = text
        text.withUTF8 { bytes in
            for byte in bytes {
                guard mustBeEscaped(byte) else {
                    body.append(byte)
                    continue
                }
                body.append(0x25)
                appendDigit(byte >> 4, to: body)
                appendDigit(byte & 0xf, to: body)
            }
        }
    }

    static func decode(_ bytes: [UInt8]) throws(CheckpointError) -> Checkpoint {
        guard let headerEnd = bytes.prefix(128).firstIndex(of: 0x0a) else { throw .corrupt("no header") }
        let header = words(bytes[..<headerEnd])
        guard header.count >= 2, header[0] == magic else { throw .corrupt("no header") }
        guard header[1] == "1" || header[1] == "2" else { throw .foreignVersion(String(header[1].prefix(16))) }
        let body = bytes[(headerEnd + 1)...]
        guard header.count == 4, header[2] == hex(UInt64(crc(body))), header[3] == String(body.count) else {
            throw .corrupt("the checksum differs")
        }
        var checkpoint = Checkpoint()
        var spool: String?
        for line in body.split(separator: 0x0a) {
            guard add(words(line), to: &checkpoint, &spool) else { throw .corrupt("an unreadable line") }
        }
        return checkpoint
    }

    /// `spool` is the one that gaps belong to.
    private static func add(_ words: [String], to checkpoint: inout Checkpoint, _ spool: inout String?) -> Bool {
        switch (words.first, words.count) {
        case ("state", 3):
            guard let sequence = UInt64(words[1]), let routing = UInt64(words[2], radix: 16) else { return false }
            checkpoint.sequence = sequence
            checkpoint.routing = routing
            return true
        case ("file", 11), ("file", 12), ("file", 14):
            guard let file = file(words) else { return false }
            checkpoint.files.append(file)
            return true
        case ("pending", 3):
            guard !checkpoint.files.isEmpty, let offset = Int64(words[1]), offset >= 0, let tenant = unescape(words[2])
            else { return false }
            checkpoint.files[checkpoint.files.count - 1].pending[tenant] = offset
            return true
        case ("spool", 7):
            guard let (name, head) = spoolHead(words) else { return false }
            checkpoint.spools[name] = head
            spool = name
            return true
        case ("gap", 5):
            guard let spool, let gap = gap(words) else { return false }
            checkpoint.spools[spool]?.gaps.append(gap)
            return true
        default: return false
        }
    }

    private static func file(_ words: [String]) -> RememberedFile? {
        guard let device = UInt64(words[1]), let inode = UInt64(words[2]), let front = Int64(words[3]), front >= 0,
            let headCount = Int(words[5]), let headHash = UInt64(words[6], radix: 16),
            let markerCount = Int(words[7]), let markerHash = UInt64(words[8], radix: 16),
            (0...Fingerprint.maxBytes).contains(headCount), (0...Marker.maxBytes).contains(markerCount),
            let seen = Int64(words[9]), let path = unescape(words[10]),
            let key = words.count > 11 ? UInt64(words[11], radix: 16) : 0,
            let unread = words.count > 12 ? Int64(words[12]) : 0, unread >= 0,
            let realPath = words.count > 13 ? unescape(words[13]) : ""
        else { return nil }
        return RememberedFile(
            identity: FileIdentity(device: device, inode: inode), path: path,
            fingerprint: Fingerprint(count: headCount, hash: headHash), front: front,
            marker: Marker(count: markerCount, hash: markerHash), isInsideLongLine: words[4] == "1", pending: [:],
            lastSeenSeconds: seen, key: key, unreadBytes: min(unread, Int64.max - front),
            realPath: realPath.isEmpty ? nil : realPath)
    }

    private static func words(_ line: ArraySlice<UInt8>) -> [String] {
        line.split(separator: 0x20, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }

    static func hex(_ value: UInt64) -> String { String(value, radix: 16) }

    private static func crc(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.withUnsafeBufferPointer { UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count)) }
    }

    private static func mustBeEscaped(_ byte: UInt8) -> Bool { byte <= 0x20 || byte == 0x25 || byte >= 0x7f }

    /// Percent-encodes what would break a line or a word.
    static func escape(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            if mustBeEscaped(byte) {
                result += byte < 16 ? "%0\(String(byte, radix: 16))" : "%\(String(byte, radix: 16))"
            } else {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        return result
    }

    static func unescape(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == 0x25 else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
