import Foundation
import TestSupport

/// The numbered lines of a model, and the files that they stand in.
final class ModelLines {
    struct Line {
        var text: String
        var tenant: String
        /// The generation of the file that it was written to; order is kept within one.
        var file: Int
        /// No destination takes it.
        var isPoison: Bool
        var byteCount: Int { text.utf8.count + 1 }
    }

    static let tenants = ["t0", "t1", "t2", "t3", "_none"]

    private(set) var lines: [Line] = []
    private let folder: String
    private var generator: SeededGenerator
    private let hasPoison: Bool
    /// What is still to come of a line that was written in part, by file.
    private var halves: [String: String] = [:]
    private var generation: [String: Int] = [:]
    private var generations = 0
    private var rotations = 0
    /// Rotated files to which a writer still appends, each with its generation.
    private var lingering: (name: String, generation: Int)?
    let names = ["app.log", "other.log"]

    init(folder: String, _ generator: SeededGenerator, hasPoison: Bool) {
        self.folder = folder
        self.generator = generator
        self.hasPoison = hasPoison
    }

    private func makeLine(_ file: Int) -> String {
        let number = lines.count
        let isPlain = generator.oneIn(20)
        let isPoison = hasPoison && generator.oneIn(40)
        let tenant = isPlain ? "_none" : "t\(generator.int(0...3))"
        let mark = "~\(number)~" + (isPoison ? "!" : "")
        let pad = String(repeating: "p", count: generator.oneIn(15) ? generator.int(0...900) : generator.int(0...60))
        let text =
            isPlain
            ? "plain \(mark) \(pad)" : "{\"tenant\":\"\(tenant)\",\"id\":\"\(mark)\",\"pad\":\"\(pad)\"}"
        lines.append(Line(text: text, tenant: tenant, file: file, isPoison: isPoison))
        return text
    }

    private func current(_ name: String) -> Int {
        if let known = generation[name] { return known }
        generations += 1
        generation[name] = generations
        return generations
    }

    func write() {
        if let lingering, generator.oneIn(4) {
            return append(makeLine(lingering.generation) + "\n", to: lingering.name)
        }
        let name = names[generator.oneIn(3) ? 1 : 0]
        let file = current(name)
        var text = halves.removeValue(forKey: name) ?? ""
        for _ in 0..<generator.int(1...25) { text += makeLine(file) + "\n" }
        if generator.oneIn(3) {
            let whole = makeLine(file) + "\n"
            let cut = generator.int(0...(whole.utf8.count - 1))
            text += whole.prefix(cut)
            halves[name] = String(whole.dropFirst(cut))
        }
        append(text, to: name)
    }

    /// Ends what was written in part.
    func finishHalves() {
        for (name, half) in halves { append(half, to: name) }
        halves = [:]
    }

    func append(_ text: String, to name: String) {
        let descriptor = open("\(folder)/\(name)", O_WRONLY | O_CREAT | O_APPEND, 0o644)
        defer { close(descriptor) }
        _ = Array(text.utf8).withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
    }

    func size(_ name: String) -> Int {
        var status = stat()
        return stat("\(folder)/\(name)", &status) == 0 ? Int(status.st_size) : 0
    }

    func inode(_ name: String) -> UInt64? {
        var status = stat()
        return stat("\(folder)/\(name)", &status) == 0 ? UInt64(status.st_ino) : nil
    }

    /// Ends a generation. Nobody writes to the file that was rotated before.
    private func turn(_ name: String) -> String {
        if let half = halves.removeValue(forKey: name) { append(half, to: name) }
        rotations += 1
        lingering = nil
        return "\(rotations)"
    }

    /// Rename and create, within the globs; the writer may go on for a while under the new name.
    func rename(_ name: String) {
        guard size(name) > 0 else { return }
        let to = "\(name).\(turn(name))"
        Foundation.rename("\(folder)/\(name)", "\(folder)/\(to)")
        if generator.oneIn(2) { lingering = (to, current(name)) }
        generation[name] = nil
    }

    func endLingering() { lingering = nil }

    /// Out of the globs, or gone.
    func remove(_ name: String) {
        let number = turn(name)
        if generator.oneIn(2) {
            Foundation.rename("\(folder)/\(name)", "\(folder)/old-\(number)")
        } else {
            unlink("\(folder)/\(name)")
        }
        generation[name] = nil
    }

    /// Truncates a file in place, with a copy of what it held within the globs or without one.
    func truncate(_ name: String, keepingCopy: Bool) {
        let number = turn(name)
        if keepingCopy {
            _ = try? FileManager.default.copyItem(
                atPath: "\(folder)/\(name)", toPath: "\(folder)/\(name).\(number)")
        }
        Foundation.truncate("\(folder)/\(name)", 0)
        generation[name] = nil
    }
}
