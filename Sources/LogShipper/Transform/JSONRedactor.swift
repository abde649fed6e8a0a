#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

// Hot path for tenants with rules: every byte of their lines goes by here once, and no memory is taken unless something
// is replaced.
// Invariants: `0 < depth <= maxDepth` while inside the line; row `d` of `places` belongs to the container at depth `d`, and
// row `d + 1` to the value that comes next in it; `copied` never passes the cursor.

/// Applies rules to one line of JSON: replaces values, takes keys out, and tells whether a filter wants the line away.
///
/// The line is read strictly as far as its structure goes (RFC 8259), so that a value never hides behind a mistake; what is
/// not replaced is copied as it stands. Belongs to one reader's thread.
final class JSONRedactor {
    enum Outcome: Equatable {
        case unchanged
        /// The new line is in `output`.
        case changed
        /// A filter matches.
        case filtered
        /// No JSON object or array, or none that ends.
        case notUnderstood
    }

    static let maxDepth = 128

    let output = GrowableBytes()
    /// What was replaced, by text rule, and last by the rules of fields.
    private(set) var counts: [Int]
    let rules: CompiledRules
    let text: TextRedactor
    private let decoded = GrowableBytes()
    private let width: Int
    private let places: UnsafeMutablePointer<Int32>
    private let levels: UnsafeMutablePointer<Level>

    /// A container that the cursor is in.
    struct Level {
        var isObject = false
        var isFirst = true
        /// An object's key was kept, so that the next one needs its comma.
        var hasKept = false
        /// Paths that lead to this container or to one around it.
        var below: UInt64 = 0
        /// Paths that lead to this array, and so to its elements.
        var here: UInt64 = 0
    }

    init(_ rules: CompiledRules, _ text: TextRedactor) {
        self.rules = rules
        self.text = text
        width = max(1, rules.paths.count)
        counts = Array(repeating: 0, count: rules.textRules.count + 1)
        places = .allocate(capacity: width * (JSONRedactor.maxDepth + 2))
        places.initialize(repeating: 0, count: width * (JSONRedactor.maxDepth + 2))
        levels = .allocate(capacity: JSONRedactor.maxDepth + 2)
        levels.initialize(repeating: Level(), count: JSONRedactor.maxDepth + 2)
    }

    deinit {
        places.deallocate()
        levels.deallocate()
    }

    /// The line, as it goes by.
    private struct Walk {
        var cursor: JSONCursor
        var depth = 0
        /// What of the line is in the output, or left out of it.
        var copied = 0
        var hasChanged = false
        var isFiltered = false
        /// The value that is replaced as a whole, from its first byte until the cursor is back at its depth.
        var replaced: Replaced?
    }

    private struct Replaced {
        var action: TenantRules.Action
        var start: Int
        /// The comma before the key, or what follows the bracket or the comma of a key that was taken out.
        var member: Int
        var depth: Int
    }

    /// - Parameter filters: whether a filter may take the line away.
    func redact(_ line: UnsafeRawBufferPointer, filters: Bool = true) -> Outcome {
        guard let base = line.baseAddress else { return .notUnderstood }
        output.count = 0
        for rule in counts.indices { counts[rule] = 0 }
        var walk = Walk(cursor: JSONCursor(base: base, end: line.count))
        walk.cursor.skipSpace()
        guard walk.cursor.isAt(0x7b) || walk.cursor.isAt(0x5b) else { return .notUnderstood }
        for path in 0..<width { places[width + path] = 0 }
        guard value(&walk, reached: 0, member: 0) else { return .notUnderstood }
        while walk.depth > 0 {
            guard step(&walk) else { return .notUnderstood }
        }
        walk.cursor.skipSpace()
        guard walk.cursor.index == line.count else { return .notUnderstood }
        if walk.isFiltered, filters { return .filtered }
        guard walk.hasChanged else { return .unchanged }
        copy(&walk, to: line.count)
        return .changed
    }

    /// The next key or element of the innermost container, or its end.
    private func step(_ walk: inout Walk) -> Bool {
        let level = levels + walk.depth
        walk.cursor.skipSpace()
        let separator = walk.cursor.index
        if walk.cursor.take(level.pointee.isObject ? 0x7d : 0x5d) {
            walk.depth -= 1
            finish(&walk)
            return true
        }
        if !level.pointee.isFirst {
            guard walk.cursor.take(0x2c) else { return false }
            // Behind a key that was taken out as the first, the comma goes too.
            if level.pointee.isObject, !level.pointee.hasKept, walk.replaced == nil { walk.copied = walk.cursor.index }
        }
        level.pointee.isFirst = false
        walk.cursor.skipSpace()
        guard level.pointee.isObject else {
            for path in 0..<rules.paths.count { row(walk.depth + 1)[path] = row(walk.depth)[path] }
            return value(&walk, reached: level.pointee.here, member: 0)
        }
        let member = level.pointee.hasKept ? separator : walk.cursor.index
        guard let reached = key(&walk) else { return false }
        return value(&walk, reached: reached, member: member)
    }

    private func row(_ depth: Int) -> UnsafeMutablePointer<Int32> { places + depth * width }

    /// A key and its colon: the paths that end here.
    private func key(_ walk: inout Walk) -> UInt64? {
        guard let name = walk.cursor.takeString() else { return nil }
        walk.cursor.skipSpace()
        guard walk.cursor.take(0x3a) else { return nil }
        walk.cursor.skipSpace()
        guard rules.paths.count > 0 else { return 0 }
        let raw = UnsafeRawBufferPointer(start: walk.cursor.base + name.start, count: name.count)
        guard name.hasEscape else { return rules.paths.step(raw, from: row(walk.depth), to: row(walk.depth + 1)) }
        guard decode(raw) else { return nil }
        return rules.paths.step(decoded.bytes, from: row(walk.depth), to: row(walk.depth + 1))
    }

    /// A value to which some paths lead.
    private func value(_ walk: inout Walk, reached: UInt64, member: Int) -> Bool {
        guard walk.cursor.index < walk.cursor.end else { return false }
        let isKey = walk.depth > 0 && levels[walk.depth].isObject
        if isKey {
            if walk.replaced == nil, let action = rules.action(reached) {
                walk.replaced = Replaced(
                    action: action, start: walk.cursor.index, member: member, depth: walk.depth)
            }
            // Inside of what is replaced nothing is copied, so it doesn't matter there.
            if walk.replaced?.action != .drop || walk.replaced?.depth != walk.depth {
                levels[walk.depth].hasKept = true
            }
        }
        let below = walk.depth > 0 ? levels[walk.depth].below | reached : 0
        if walk.cursor.isAt(0x7b) || walk.cursor.isAt(0x5b) {
            guard walk.depth < JSONRedactor.maxDepth else { return false }
            let isObject = walk.cursor.take(0x7b)
            if !isObject { _ = walk.cursor.take(0x5b) }
            walk.depth += 1
            levels[walk.depth] = Level(isObject: isObject, below: below, here: isObject ? 0 : reached)
            return true
        }
        guard scalar(&walk, reached: reached, below: below) else { return false }
        finish(&walk)
        return true
    }

    /// A string, number or word: looked at by the filters, then by the patterns.
    private func scalar(_ walk: inout Walk, reached: UInt64, below: UInt64) -> Bool {
        let start = walk.cursor.index
        guard let verdict = walk.cursor.takeValue() else { return false }
        let isFilter = reached & rules.filterMask != 0
        let active = walk.replaced == nil ? rules.active(below: below) : 0
        guard isFilter || active != 0 || walk.cursor.base.load(fromByteOffset: start, as: UInt8.self) != 0x22 else {
            return true
        }
        switch verdict {
        case .plain(let first, let count):
            let raw = UnsafeRawBufferPointer(start: walk.cursor.base + first, count: count)
            if isFilter { filter(&walk, raw, reached) }
            guard text.apply(raw, rules, active: active, &counts) else { return true }
            // What replaces something needs no escapes.
            replace(&walk, from: first, to: first + count, escaping: false)
        case .escaped(let first, let count):
            guard decode(UnsafeRawBufferPointer(start: walk.cursor.base + first, count: count)) else { return false }
            if isFilter { filter(&walk, decoded.bytes, reached) }
            guard text.apply(decoded.bytes, rules, active: active, &counts) else { return true }
            replace(&walk, from: first, to: first + count, escaping: true)
        default:
            let raw = UnsafeRawBufferPointer(start: walk.cursor.base + start, count: walk.cursor.index - start)
            guard raw.allSatisfy(JSONRedactor.isWord) else { return false }
            if isFilter { filter(&walk, raw, reached) }
            guard text.apply(raw, rules, active: active, &counts) else { return true }
            copy(&walk, to: start)
            output.append(0x22)
            _ = JSONEscape.appendContent(text.result.bytes, to: output)
            output.append(0x22)
            skip(&walk, to: walk.cursor.index)
        }
        return true
    }

    private func filter(_ walk: inout Walk, _ text: UnsafeRawBufferPointer, _ reached: UInt64) {
        for filter in rules.fieldFilters where filter.path & reached != 0 && !walk.isFiltered {
            walk.isFiltered = filter.matches(text)
        }
    }

    private func replace(_ walk: inout Walk, from start: Int, to end: Int, escaping: Bool) {
        copy(&walk, to: start)
        if escaping {
            _ = JSONEscape.appendContent(text.result.bytes, to: output)
        } else {
            output.append(text.result.bytes)
        }
        skip(&walk, to: end)
    }

    private func copy(_ walk: inout Walk, to end: Int) {
        if end > walk.copied {
            output.append(UnsafeRawBufferPointer(start: walk.cursor.base + walk.copied, count: end - walk.copied))
        }
        walk.copied = end
    }

    private func skip(_ walk: inout Walk, to end: Int) {
        walk.copied = end
        walk.hasChanged = true
    }

    /// The value at the cursor's depth has ended: if it is one that is replaced, it is now.
    private func finish(_ walk: inout Walk) {
        guard let replaced = walk.replaced, replaced.depth == walk.depth else { return }
        walk.replaced = nil
        let end = walk.cursor.index
        if replaced.action == .drop {
            copy(&walk, to: replaced.member)
            skip(&walk, to: end)
            counts[counts.count - 1] += 1
            return
        }
        var raw = UnsafeRawBufferPointer(start: walk.cursor.base + replaced.start, count: end - replaced.start)
        guard !raw.elementsEqual(JSONRedactor.null) else { return }
        if raw.first == 0x22 {
            raw = UnsafeRawBufferPointer(rebasing: raw[1..<(raw.count - 1)])
            if replaced.action == .hash, raw.contains(0x5c), decode(raw) { raw = decoded.bytes }
            if Replacement.isWhole(raw) { return }
        }
        copy(&walk, to: replaced.start)
        output.append(0x22)
        rules.replace(raw, replaced.action, output)
        output.append(0x22)
        skip(&walk, to: end)
        counts[counts.count - 1] += 1
    }

    private static let null = Array("null".utf8)

    /// What numbers and words are made of, and `NaN` and its like, which some programs write.
    private static func isWord(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == 0x2b || byte == 0x2d || byte == 0x2e
    }

    /// A line that is no JSON: all patterns look at the whole of it. What came of it is in `text.result`.
    func redactText(_ line: UnsafeRawBufferPointer) -> Bool {
        for rule in counts.indices { counts[rule] = 0 }
        return text.apply(line, rules, active: .max, &counts)
    }

    /// Decodes what stands between quotes; false where an escape is none. A surrogate without its other half becomes
    /// U+FFFD.
    private func decode(_ raw: UnsafeRawBufferPointer) -> Bool {
        decoded.count = 0
        var index = 0
        while index < raw.count {
            let next = raw[index...].firstIndex(of: 0x5c) ?? raw.count
            decoded.append(UnsafeRawBufferPointer(rebasing: raw[index..<next]))
            index = next
            guard index < raw.count else { break }
            index += 1
            guard index < raw.count, let scalar = JSONText.takeAnyEscape(raw, &index) else { return false }
            for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { decoded.append(byte) }
        }
        return true
    }
}
