import Exposition

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Series by their text in a file: labels are parsed once for each text, however many samples it has.
///
/// First it is tried whether a line is of the series before or of the one that followed it last time, as in
/// backfills and in one scrape after another; else the text, found from the line's end, is looked up. Hot path;
/// measured by `scripts/bench rules` (Data in).
struct SeriesTexts {
    private struct Entry {
        var hash: UInt64
        var start: Int
        var length: Int
        /// The series.
        var place: Int
        /// The entry that followed it last.
        var next: Int
    }

    /// Bytes of text that are remembered at most.
    private static let maxBytes = 128 << 20

    private var bytes: [UInt8] = []
    private var entries: [Entry] = []
    /// Open addressing: an entry's number plus one, or zero.
    private var slots = [Int32](repeating: 0, count: 256)
    private var last = -1
    /// Whether the line before had a time.
    private var hasTimes = true

    /// The series of a line, and where its text ends.
    @inline(__always)
    mutating func find(_ line: UnsafeBufferPointer<UInt8>) -> (place: Int, end: Int)? {
        if last >= 0 {
            if begins(line, with: last) { return (entries[last].place, entries[last].length) }
            let next = entries[last].next
            if begins(line, with: next) {
                last = next
                return (entries[next].place, entries[next].length)
            }
        }
        return lookUp(line)
    }

    /// Says what the line found last had, so that the next text's end is sought in the right place.
    @inline(__always)
    mutating func note(hasTime: Bool) { hasTimes = hasTime }

    @inline(__always)
    private func begins(_ line: UnsafeBufferPointer<UInt8>, with number: Int) -> Bool {
        let entry = entries[number]
        guard line.count > entry.length, let base = line.baseAddress, base[entry.length] == UInt8(ascii: " ") else {
            return false
        }
        return bytes.withUnsafeBufferPointer { known in
            guard let start = known.baseAddress else { return false }
            return memcmp(base, start + entry.start, entry.length) == 0
        }
    }

    @inline(never)
    private mutating func lookUp(_ line: UnsafeBufferPointer<UInt8>) -> (place: Int, end: Int)? {
        var end = line.count
        for _ in 0..<(hasTimes ? 2 : 1) {
            repeat { end &-= 1 } while end > 0 && line[end] != UInt8(ascii: " ")
            if end <= 0 { return nil }
        }
        let text = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: line[..<end]))
        guard let number = number(of: text, KeyedHash.hash(text)) else { return nil }
        follow(number)
        return (entries[number].place, end)
    }

    private mutating func follow(_ number: Int) {
        if last >= 0 { entries[last].next = number }
        last = number
    }

    private func number(of text: UnsafeRawBufferPointer, _ hash: UInt64) -> Int? {
        var slot = Int(truncatingIfNeeded: hash) & (slots.count &- 1)
        while slots[slot] != 0 {
            let number = Int(slots[slot]) &- 1
            let entry = entries[number]
            if entry.hash == hash, entry.length == text.count,
                bytes[entry.start..<(entry.start + entry.length)].elementsEqual(text)
            {
                return number
            }
            slot = (slot &+ 1) & (slots.count &- 1)
        }
        return nil
    }

    /// Remembers the text of a series that was parsed.
    mutating func insert(_ text: UnsafeRawBufferPointer, place: Int) {
        let hash = KeyedHash.hash(text)
        if let known = number(of: text, hash) { return follow(known) }
        guard text.count > 0, bytes.count + text.count <= SeriesTexts.maxBytes, entries.count < 1 << 24 else { return }
        if (entries.count + 1) * 2 > slots.count { rehash() }
        let entry = Entry(hash: hash, start: bytes.count, length: text.count, place: place, next: entries.count)
        bytes.append(contentsOf: text)
        entries.append(entry)
        enter(entries.count - 1)
        follow(entries.count - 1)
    }

    private mutating func enter(_ number: Int) {
        var slot = Int(truncatingIfNeeded: entries[number].hash) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int32(truncatingIfNeeded: number + 1)
    }

    private mutating func rehash() {
        slots = [Int32](repeating: 0, count: slots.count * 2)
        for number in entries.indices { enter(number) }
    }
}
