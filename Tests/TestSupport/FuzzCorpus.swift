import Foundation

/// What fuzzing found interesting: `Fuzz/Corpus/NAME.base64`, an input a line.
public enum FuzzCorpus {
    /// The inputs of one target, at least one.
    public static func inputs(_ name: String) throws -> [[UInt8]] {
        let text = try String(contentsOfFile: "\(Places.packageRoot)/Fuzz/Corpus/\(name).base64", encoding: .utf8)
        let inputs = try text.split(separator: "\n").map { line in
            guard let data = Data(base64Encoded: String(line)) else {
                throw Absent(what: "\(name).base64 has a line that is not Base64")
            }
            return Array(data)
        }
        guard !inputs.isEmpty else { throw Absent(what: "\(name).base64 is empty") }
        return inputs
    }
}
