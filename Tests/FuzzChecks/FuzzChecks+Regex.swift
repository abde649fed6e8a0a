import RegularExpressions

extension FuzzChecks {
    /// Pattern and text, separated by a zero byte: the automaton and the machine with groups agree.
    public static func regex(_ bytes: [UInt8]) -> String? {
        let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        let pattern = text(parts.first ?? [])
        let subject = text(parts.dropFirst().first ?? [])
        for dotMatchesNewline in [true, false] {
            guard let regex = try? LinearRegex(pattern, dotMatchesNewline: dotMatchesNewline) else { return nil }
            for subject in [subject, pattern, ""] {
                let matches = regex.matches(subject)
                let groups = regex.captures(in: subject)
                if matches != (groups != nil) { return "\(pattern) on \(subject): \(matches), groups \(groups ?? [])" }
                if let whole = groups?.first, whole != subject {
                    return "\(pattern) on \(subject): caught \(whole ?? "")"
                }
                if let list = regex.alternatives,
                    list.contains(where: { $0.utf8.elementsEqual(subject.utf8) }) != matches
                {
                    return "\(pattern) on \(subject): \(matches), alternatives \(list)"
                }
            }
        }
        return nil
    }
}
