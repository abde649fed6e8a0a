// Hot path for tenants with patterns: measured by the test of the redactor's instructions a byte.
// Invariant: `base` has `count` readable bytes; every read is checked against both ends.

/// Recognises the built-in patterns at a place of a text. Every function looks at a bounded number of bytes, or at a run
/// that the caller then skips, so that a whole scan is linear.
struct SecretScan {
    let base: UnsafeRawPointer
    let count: Int

    /// The byte at an index; 0 outside.
    @inline(__always)
    func at(_ index: Int) -> UInt8 {
        index >= 0 && index < count ? base.load(fromByteOffset: index, as: UInt8.self) : 0
    }

    @inline(__always)
    func isDigit(_ index: Int) -> Bool { at(index) &- 0x30 < 10 }

    @inline(__always)
    func isLetter(_ index: Int) -> Bool { (at(index) | 0x20) &- 0x61 < 26 }

    @inline(__always)
    func isAlphanumeric(_ index: Int) -> Bool { isDigit(index) || isLetter(index) }

    func digitsEnd(_ start: Int) -> Int {
        var end = start
        while isDigit(end) { end += 1 }
        return end
    }

    /// Whether a number that ends here goes on with another group.
    @inline(__always)
    func isGrouped(_ end: Int) -> Bool { (at(end) == 0x20 || at(end) == 0x2d) && isDigit(end + 1) }

    /// A card's number that starts with the digit at `start`: where it ends.
    func card(_ start: Int) -> Int? {
        guard !isAlphanumeric(start - 1) else { return nil }
        var found: Int?
        var (index, digits, prefix) = (start, 0, 0)
        // Luhn's sum, with the digits at odd and with those at even places doubled.
        var sums = (odd: 0, even: 0)
        while digits <= 19, isDigit(index) {
            let digit = Int(at(index) - 0x30)
            let doubled = digit < 5 ? digit * 2 : digit * 2 - 9
            sums.odd += digits & 1 == 1 ? doubled : digit
            sums.even += digits & 1 == 0 ? doubled : digit
            if digits < 4 { prefix = prefix * 10 + digit }
            digits += 1
            index += 1
            guard !isDigit(index) else { continue }
            let sum = digits & 1 == 1 ? sums.odd : sums.even
            if (13...19).contains(digits), sum % 10 == 0, !isLetter(index), SecretScan.isCard(prefix, digits) {
                found = index
            }
            if at(index) == 0x20 || at(index) == 0x2d { index += 1 }
        }
        return found
    }

    /// Whether a network issues cards with these first four digits; so times in milliseconds or nanoseconds are none.
    private static func isCard(_ prefix: Int, _ digits: Int) -> Bool {
        switch prefix / 1000 {
        case 3...6: true
        case 2: (2221...2720).contains(prefix) || (2200...2204).contains(prefix) || prefix == 2131
        case 1: digits == 15
        default: false
        }
    }

    /// An IPv4 address that starts with the digit at `start`: where it ends.
    func address(_ start: Int) -> Int? {
        guard !isAlphanumeric(start - 1), at(start - 1) != 0x2e else { return nil }
        var index = start
        for part in 0..<4 {
            var (value, digits) = (0, 0)
            while digits < 4, isDigit(index) {
                value = value * 10 + Int(at(index) - 0x30)
                digits += 1
                index += 1
            }
            guard (1...3).contains(digits), value < 256 else { return nil }
            if part < 3 {
                guard at(index) == 0x2e else { return nil }
                index += 1
            }
        }
        return isAlphanumeric(index) || (at(index) == 0x2e && isDigit(index + 1)) ? nil : index
    }

    /// A bank account's number of which the check digits start at `digits`: where it begins and ends.
    func account(_ digits: Int) -> (start: Int, end: Int)? {
        let start = digits - 2
        guard start >= 0, isLetter(start), isLetter(start + 1), isDigit(digits + 1), !isAlphanumeric(start - 1) else {
            return nil
        }
        var found: Int?
        var (index, length, rest) = (digits + 2, 4, 0)
        while length <= 34 {
            if !isAlphanumeric(index) {
                let tail = [start, start + 1, digits, digits + 1].reduce(rest) { SecretScan.append(at($1), to: $0) }
                if length >= 15, tail == 1 { found = index }
                // Groups have four characters.
                guard length % 4 == 0, at(index) == 0x20, isAlphanumeric(index + 1) else { break }
                index += 1
            }
            rest = SecretScan.append(at(index), to: rest)
            index += 1
            length += 1
        }
        return found.map { (start, $0) }
    }

    /// ISO 7064's remainder by 97 with one more character.
    private static func append(_ byte: UInt8, to rest: Int) -> Int {
        byte < 0x3a ? (rest * 10 + Int(byte) - 0x30) % 97 : (rest * 100 + Int(byte | 0x20) - 0x61 + 10) % 97
    }

    /// A JSON Web Token that starts at `start`: where it ends.
    func token(_ start: Int) -> Int? {
        guard at(start + 1) == 0x79, at(start + 2) == 0x4a, !isBase64(start - 1), at(start - 1) != 0x2e else {
            return nil
        }
        var index = start
        while isBase64(index) { index += 1 }
        guard index - start >= 10, at(index) == 0x2e, isBase64(index + 1), isBase64(index + 2) else { return nil }
        for _ in 0..<4 where at(index) == 0x2e {
            index += 1
            while isBase64(index) { index += 1 }
        }
        return index
    }

    private func isBase64(_ index: Int) -> Bool {
        isAlphanumeric(index) || at(index) == 0x2d || at(index) == 0x5f
    }
}
