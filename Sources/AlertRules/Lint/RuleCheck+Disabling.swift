import StrictYAML

extension RuleCheck {
    /// Why checks cannot be left out.
    public struct DisablingError: Error, CustomStringConvertible {
        /// What is wrong and what to do.
        public var description: String
    }

    /// The checks that lists of ids name, with commas and perhaps blanks between them, to be left out.
    ///
    /// - Throws: ``DisablingError`` for an id that no check has, and for that of a check which cannot be left out.
    public static func named(in lists: [String]) throws(DisablingError) -> Set<RuleCheck> {
        var checks: Set<RuleCheck> = []
        for id in lists.flatMap({ $0.split { $0 == "," || $0 == " " || $0 == "\t" } }).map(String.init) {
            guard let check = RuleCheck(rawValue: id) else {
                let nearest = nearest(to: id).map { "did you mean '\($0)'?" } ?? "--list shows all"
                throw DisablingError(description: "there is no check '\(id)'; \(nearest)")
            }
            if check == .syntax {
                throw DisablingError(
                    description:
                        "'\(id)' cannot be left out: nothing can be said of a file that cannot be read; leave the "
                        + "file out")
            }
            checks.insert(check)
        }
        return checks
    }
}
