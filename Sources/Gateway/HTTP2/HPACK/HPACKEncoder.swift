/// Writes header blocks (RFC 7541).
///
/// Hot path: benchmark `gateway`. A pair enters the dynamic table when it is seen for the second time, and a name that
/// neither table has when *it* is: what differs from message to message (dates, ids, paths) does not push out what is
/// repeated. Strings are Huffman-coded when that is shorter.
struct HPACKEncoder: ~Copyable {
    private static let rememberedHashes = 128

    private var table: HPACKDynamicTable
    /// The largest table we keep, whatever the peer allows.
    private let ownLimitBytes: Int
    /// The smallest limit since the last block, and whether the block must begin with an update (section 4.2).
    private var smallestLimitBytes: Int
    private var updateIsDue: Bool
    /// Hashes of pairs and of names that were sent; the newer one overwrites the older in its place.
    private var recent = [UInt32](repeating: 0, count: rememberedHashes)
    private let constants = HPACKStaticTable.shared
    private let huffman = HPACKHuffman.shared

    init(tableBytes: Int) {
        ownLimitBytes = tableBytes
        let limit = min(tableBytes, HPACKDecoder.initialTableBytes)
        table = HPACKDynamicTable(limitBytes: limit)
        smallestLimitBytes = limit
        updateIsDue = limit < HPACKDecoder.initialTableBytes
    }

    /// Of the dynamic table.
    var tableBytes: Int { table.sizeBytes }

    /// The peer's SETTINGS_HEADER_TABLE_SIZE.
    mutating func setPeerLimit(_ tableBytes: Int) {
        let limit = min(tableBytes, ownLimitBytes)
        guard limit != table.limitBytes else { return }
        smallestLimitBytes = updateIsDue ? min(smallestLimitBytes, limit) : limit
        updateIsDue = true
        table.setLimit(limit)
    }

    /// A block that was begun will not be sent: empties both ends' tables with the next one, which puts them in step.
    mutating func abandonBlock() {
        let limit = table.limitBytes
        table.setLimit(0)
        table.setLimit(limit)
        smallestLimitBytes = 0
        updateIsDue = true
    }

    /// Begins a block.
    @inline(__always)
    mutating func begin(_ output: inout ByteQueue) {
        if updateIsDue { writeUpdates(&output) }
    }

    private mutating func writeUpdates(_ output: inout ByteQueue) {
        updateIsDue = false
        if smallestLimitBytes < table.limitBytes {
            HPACKInteger.write(smallestLimitBytes, prefixBits: 5, pattern: 0x20, &output)
        }
        HPACKInteger.write(table.limitBytes, prefixBits: 5, pattern: 0x20, &output)
    }

    /// Adds a field; the name is in lower case. A sensitive one is marked so that no hop ever indexes it.
    mutating func encode(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, sensitive: Bool, _ output: inout ByteQueue
    ) {
        let nameHash = HPACKHash.of(name)
        let constant = constants.find(name, hash: nameHash)
        if constant > 0 {
            let whole = constants.find(value, from: constant)
            if whole > 0 { return HPACKInteger.write(whole, prefixBits: 7, pattern: 0x80, &output) }
        }
        let pairHash = HPACKHash.of(value, seed: nameHash)
        let found = table.find(name, value, nameHash: nameHash, pairHash: pairHash)
        let index = constant > 0 ? constant : found.name >= 0 ? HPACKStaticTable.count &+ 1 &+ found.name : 0
        if sensitive || HPACKStaticTable.isSensitive(constant) {
            return literal(name, value, index, prefixBits: 4, pattern: 0x10, &output)
        }
        if found.pair >= 0 {
            let age = HPACKStaticTable.count &+ 1 &+ found.pair
            return HPACKInteger.write(age, prefixBits: 7, pattern: 0x80, &output)
        }
        // Both are noted, whatever the other says.
        let pairIsKnown = note(pairHash)
        let nameIsKnown = index == 0 && note(nameHash)
        let bytes = name.count &+ value.count &+ HPACKDynamicTable.overheadBytes
        if pairIsKnown || nameIsKnown, bytes <= table.limitBytes / 2 {
            literal(name, value, index, prefixBits: 6, pattern: 0x40, &output)
            table.insert(name, value, nameHash: nameHash, pairHash: pairHash)
        } else {
            literal(name, value, index, prefixBits: 4, pattern: 0, &output)
        }
    }

    /// Whether a hash was noted lately; it is from now on.
    @inline(__always)
    private mutating func note(_ hash: UInt32) -> Bool {
        let place = Int(hash) % Self.rememberedHashes
        if recent[place] == hash { return true }
        recent[place] = hash
        return false
    }

    private func literal(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ index: Int, prefixBits: Int,
        pattern: UInt8, _ output: inout ByteQueue
    ) {
        HPACKInteger.write(index, prefixBits: prefixBits, pattern: pattern, &output)
        if index == 0 { string(name, &output) }
        string(value, &output)
    }

    @inline(__always)
    private func string(_ bytes: UnsafeRawBufferPointer, _ output: inout ByteQueue) {
        let coded = huffman.codedBytes(bytes)
        guard coded < bytes.count else {
            HPACKInteger.write(bytes.count, prefixBits: 7, pattern: 0, &output)
            return output.append(bytes)
        }
        HPACKInteger.write(coded, prefixBits: 7, pattern: 0x80, &output)
        huffman.encode(bytes, into: output.reserve(coded))
        output.commit(coded)
    }
}
