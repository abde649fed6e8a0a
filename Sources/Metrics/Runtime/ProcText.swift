/// Reading of the texts under /proc and /sys: whatever stands there, a number comes out or nil.
enum ProcText {
    typealias Bytes = ArraySlice<UInt8>

    /// Decimal digits and nothing else, 0 to 2⁶⁴ − 1.
    static func number(_ bytes: Bytes) -> UInt64? {
        guard !bytes.isEmpty else { return nil }
        var value: UInt64 = 0
        for byte in bytes {
            guard byte &- UInt8(ascii: "0") < 10 else { return nil }
            let (tens, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = tens.addingReportingOverflow(UInt64(byte &- UInt8(ascii: "0")))
            guard !tooLarge, !overflow else { return nil }
            value = sum
        }
        return value
    }

    /// The words between spaces, tabs and line feeds.
    static func words(_ bytes: Bytes) -> [Bytes] {
        bytes.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\n") }
    }

    static func lines(_ bytes: Bytes) -> [Bytes] { bytes.split(separator: UInt8(ascii: "\n")) }

    static func isEqual(_ bytes: Bytes, _ text: StaticString) -> Bool {
        bytes.elementsEqual(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// `btime` of /proc/stat: when the machine started, in Unix time.
    static func bootSeconds(_ text: Bytes) -> Double? {
        for line in lines(text) where line.starts(with: "btime ".utf8) {
            let words = words(line)
            return words.count == 2 ? number(words[1]).map { Double($0) } : nil
        }
        return nil
    }

    /// Two values of /proc/net/netstat, which has lines in pairs: names, then numbers.
    static func octets(_ text: Bytes) -> (received: UInt64, sent: UInt64)? {
        let lines = lines(text)
        for (index, line) in lines.enumerated() where line.starts(with: "IpExt: ".utf8) && index + 1 < lines.count {
            let names = words(line)
            let values = words(lines[index + 1])
            guard values.first.map({ isEqual($0, "IpExt:") }) == true else { return nil }
            func value(_ name: StaticString) -> UInt64? {
                guard let at = names.firstIndex(where: { isEqual($0, name) }), at < values.count else { return nil }
                return number(values[at])
            }
            guard let received = value("InOctets"), let sent = value("OutOctets") else { return nil }
            return (received, sent)
        }
        return nil
    }

    /// A path of /proc/self/mountinfo, in which blanks stand as `\040` (proc(5)).
    static func unescaped(_ bytes: Bytes) -> String {
        var out: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            let isEscape =
                byte == UInt8(ascii: "\\") && digits.count == 3
                && digits.allSatisfy { $0 &- UInt8(ascii: "0") < 8 }
            guard isEscape else {
                out.append(byte)
                continue
            }
            let value = digits.reduce(0) { $0 * 8 + Int($1 &- UInt8(ascii: "0")) }
            out.append(UInt8(truncatingIfNeeded: value))
            rest = rest.dropFirst(3)
        }
        return String(decoding: out, as: UTF8.self)
    }
}
