/// A change of a file's bytes.
struct ScalarEdit {
    var range: Range<Int>
    var text: String
    /// Whether it belongs to the edit before it.
    var isContinued = false

    static func apply(_ edits: [ScalarEdit], to bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + edits.reduce(0) { $0 + $1.text.utf8.count })
        var place = 0
        for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            out += bytes[place..<max(place, edit.range.lowerBound)]
            out += Array(edit.text.utf8)
            place = max(place, edit.range.upperBound)
        }
        return String(decoding: out + bytes[place...], as: UTF8.self)
    }
}
