import Foundation
import TestSupport

/// RE2 itself, by way of Python's google-re2: matches whole texts, `.` being any character.
enum RE2Peer {
    /// What RE2 says of a pattern and its texts.
    enum Verdict: Equatable {
        case invalid
        /// For every text the groups, the whole match first; nil where it doesn't match.
        case groups([[String?]?])
    }

    /// The interpreter that can import re2: `RE2_PYTHON`, what scripts/packages.sh made, or the system's.
    static let python: String? = {
        let named = ProcessInfo.processInfo.environment["RE2_PYTHON"]
        let candidates = [named, "\(Places.packageRoot)/.build/re2/bin/python3", Tool.path(of: "python3")]
        return candidates.compactMap { $0 }.first { path in
            FileManager.default.isExecutableFile(atPath: path)
                && (try? ChildProcess.run(path, ["-c", "import re2; re2.Options().dot_nl"]))?.status == 0
        }
    }()

    private static let program = """
        import json, re2, sys
        options = re2.Options()
        options.dot_nl = True
        options.log_errors = False
        options.max_mem = 256 << 20
        for line in open(sys.argv[1], encoding="utf-8"):
            pattern, subjects = json.loads(line)
            try:
                regex = re2.compile(pattern, options)
            except re2.error:
                print("null")
                continue
            found = [regex.fullmatch(subject) for subject in subjects]
            print(json.dumps([None if match is None else [match.group(0), *match.groups()] for match in found],
                ensure_ascii=False))
        """

    /// Asks about all cases at once.
    static func ask(_ cases: [RegexGenerator.Case]) throws -> [Verdict] {
        guard let python else { throw Absent(what: "google-re2 isn't installed") }
        let folder = try TemporaryDirectory("re2")
        var lines: [UInt8] = []
        for one in cases {
            let fields: [Any] = [one.pattern, one.subjects]
            lines += Array(try JSONSerialization.data(withJSONObject: fields)) + [10]
        }
        let input = folder.file("cases.jsonl")
        try Data(lines).write(to: URL(fileURLWithPath: input))
        let child = try ChildProcess(python, ["-c", program, input], environment: ["PYTHONUTF8": "1"])
        guard child.wait(within: 120) == 0 else { throw Absent(what: "python: \(child.standardError)") }
        return try child.standardOutput.split(separator: "\n").map { line in
            let json = try JSONSerialization.jsonObject(with: Data(line.utf8), options: .fragmentsAllowed)
            guard let matches = json as? [Any] else { return .invalid }
            return .groups(matches.map { match in (match as? [Any])?.map { $0 as? String } })
        }
    }
}
