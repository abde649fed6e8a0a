/// What the name of a file with a scrape tells.
///
/// The time is the last of these in it: Unix seconds (10 digits), Unix milliseconds (13 digits), or
/// `2026-11-24T05:30:00Z` with `-`, `:`, `_` or nothing between the parts and optional milliseconds.
struct ScrapeName {
    /// The time, milliseconds since the epoch.
    private(set) var millis: Int64
    /// The rest of the name, without endings of file formats and separators at its ends.
    private(set) var target: String

    private static let endings = [".gz", ".prom", ".txt", ".om", ".pb", ".protobuf", ".metrics"]

    /// Nil for a name without a time.
    init?(_ name: String) {
        let bytes = Array(name.utf8)
        var found: (millis: Int64, place: Range<Int>)?
        var place = 0
        while place < bytes.count {
            guard ScrapeName.isDigit(bytes[place]) else {
                place += 1
                continue
            }
            if let (time, length) = ScrapeName.calendarTime(bytes[place...]) {
                found = (time, place..<(place + length))
                place += length
                continue
            }
            let run = bytes[place...].prefix(while: ScrapeName.isDigit)
            if run.count == 10 || run.count == 13, let number = Int64(String(decoding: run, as: UTF8.self)) {
                found = (run.count == 10 ? number * 1000 : number, run.indices)
            }
            place += run.count
        }
        guard let found else { return nil }
        millis = found.millis
        var before = String(decoding: bytes[..<found.place.lowerBound], as: UTF8.self)
        var behind = String(decoding: bytes[found.place.upperBound...], as: UTF8.self)
        while let ending = ScrapeName.endings.first(where: behind.hasSuffix) { behind.removeLast(ending.count) }
        func isSeparator(_ character: Character) -> Bool { "-_.@".contains(character) }
        while before.last.map(isSeparator) == true { before.removeLast() }
        while behind.first.map(isSeparator) == true { behind.removeFirst() }
        target = before.isEmpty || behind.isEmpty ? before + behind : "\(before)-\(behind)"
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// `YYYY-MM-DDTHH:MM:SS[.mmm]Z` with other separators or without.
    private static func calendarTime(_ bytes: ArraySlice<UInt8>) -> (millis: Int64, length: Int)? {
        var rest = bytes
        func take(_ digits: Int) -> Int? {
            let part = rest.prefix(digits)
            guard part.count == digits, part.allSatisfy(isDigit) else { return nil }
            rest = rest.dropFirst(digits)
            return Int(String(decoding: part, as: UTF8.self))
        }
        func skip(_ any: String) { if let next = rest.first, any.utf8.contains(next) { rest = rest.dropFirst() } }
        guard let year = take(4) else { return nil }
        skip("-_")
        guard let month = take(2), (1...12).contains(month) else { return nil }
        skip("-_")
        guard let day = take(2), (1...31).contains(day) else { return nil }
        skip("T-_")
        guard let hour = take(2), hour < 24 else { return nil }
        skip("-:_")
        guard let minute = take(2), minute < 60 else { return nil }
        skip("-:_")
        guard let second = take(2), second < 61 else { return nil }
        var millis = 0
        if rest.first == UInt8(ascii: "."), rest.dropFirst().prefix(3).allSatisfy(isDigit) {
            rest = rest.dropFirst()
            millis = take(3) ?? 0
        }
        guard rest.first == UInt8(ascii: "Z") else { return nil }
        let seconds = daysSinceEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
        return (Int64(seconds) * 1000 + Int64(millis), rest.startIndex + 1 - bytes.startIndex)
    }

    /// Howard Hinnant's days-from-civil.
    private static func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
