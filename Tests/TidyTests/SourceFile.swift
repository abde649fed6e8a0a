import Foundation
import TestSupport

/// A source file of the package, split into lines, with the house rules' view of it.
struct SourceFile {
    /// The path below the package's root.
    let path: String
    let lines: [String]

    /// All Swift files below a folder of the package, sorted; not the steps of tutorials, which are other programs.
    static func all(in folder: String) throws -> [SourceFile] {
        let root = Places.packageRoot
        let walker = FileManager.default.enumerator(atPath: "\(root)/\(folder)")
        var files: [SourceFile] = []
        while let name = walker?.nextObject() as? String {
            guard name.hasSuffix(".swift"), !name.contains(".docc/") else { continue }
            let path = "\(folder)/\(name)"
            let text = try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
            files.append(SourceFile(path: path, lines: text.components(separatedBy: "\n")))
        }
        return files.sorted { $0.path < $1.path }
    }

    /// The folder below `Sources`, which is a module.
    var folder: String { String(path.split(separator: "/")[1]) }

    /// Modules that the file imports.
    var imports: [String] {
        lines.compactMap { line in
            var words = line.split(separator: " ").map(String.init)
            words.removeAll {
                $0.hasPrefix("@") || ["public", "internal", "private", "package", "fileprivate"].contains($0)
            }
            guard words.first == "import", words.count >= 2 else { return nil }
            let kinds = ["struct", "class", "enum", "func", "protocol", "var", "let", "typealias"]
            let name = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
            return String(name.split(separator: ".")[0])
        }
    }

    /// Lines of code, without comment lines and without what follows `//`, with their 1-based numbers.
    var code: [(number: Int, text: String)] {
        lines.enumerated().compactMap { index, line in
            let trimmed = line.trimmingCharacters(in: .whitespaces)
            if trimmed.hasPrefix("//") || trimmed.isEmpty { return nil }
            guard let comment = line.range(of: " // ") else { return (index + 1, line) }
            return (index + 1, String(line[..<comment.lowerBound]))
        }
    }

    /// Functions and initialisers with their length in lines. Relies on the formatter: a body ends at a brace with the
    /// declaration's own indentation.
    var functions: [(name: String, line: Int, length: Int)] {
        var found: [(String, Int, Int)] = []
        for (index, line) in lines.enumerated() {
            let body = line.drop { $0 == " " }
            let words = body.split(whereSeparator: { " (<".contains($0) }).prefix(6)
            guard words.contains("func") || words.contains("init") || words.contains("deinit"), !body.hasPrefix("//")
            else { continue }
            let indent = String(repeating: " ", count: line.count - body.count)
            let end = lines[index...].dropFirst().firstIndex { $0 == indent + "}" || $0.hasPrefix(indent + "} ") }
            let next = lines[index...].dropFirst().firstIndex {
                $0.hasPrefix(indent) && !$0.dropFirst(indent.count).hasPrefix(" ")
                    && !$0.trimmingCharacters(in: .whitespaces).isEmpty
                    && !")}{".contains($0.dropFirst(indent.count).prefix(1))
            }
            guard let end, end <= (next ?? Int.max) else { continue }
            found.append((String(body.prefix(60)), index + 1, end - index + 1))
        }
        return found
    }
}
