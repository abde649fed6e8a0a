/// The name that somebody probably meant.
public enum NearestName {
    /// The nearest of the known names within an edit distance of two, whatever the case of ASCII letters; nil if there
    /// is none, or for names beyond 100 bytes and lists beyond 10,000.
    public static func of(_ name: String, among known: [String]) -> String? {
        guard name.utf8.count <= 100, known.count <= 10_000 else { return nil }
        let wanted = Array(name.lowercased().utf8)
        return known.filter { abs($0.utf8.count - name.utf8.count) <= 2 }
            .map { ($0, distance(wanted, Array($0.lowercased().utf8))) }
            .filter { $0.1 <= 2 }
            .min { $0.1 < $1.1 }?.0
    }

    /// Levenshtein's distance, row by row.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let substituted = diagonal + (byte == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
