import Foundation
import Locking
import TestSupport

/// Appends numbered lines of several tenants to a file, which it renames now and then; seeded.
final class RotatingWriter: Sendable {
    private struct State {
        var generator: SeededGenerator
        var descriptor: Int32 = -1
        var number = 0
        var rotations = 0
        var bytes = 0
    }

    private let folder: String
    private let state: Locked<State>

    init(folder: String, seed: UInt64) {
        self.folder = folder
        state = Locked(State(generator: SeededGenerator(seed: seed)))
    }

    deinit { state.withLock { if $0.descriptor >= 0 { close($0.descriptor) } } }

    /// What must arrive in the end.
    var lines: Int { state.withLock { $0.number } }
    /// How often the file was renamed.
    var rotations: Int { state.withLock { $0.rotations } }

    /// The line of a number; about 300 bytes.
    static func line(_ number: Int) -> String {
        let padding = String(repeating: "abcdefghij", count: 12 + number % 25)
        return "{\"ts\":\"2026-01-02T03:04:05.\(100_000 + number % 900_000)Z\",\"tenant\":\"tenant-\(number % 7)\","
            + "\"n\":\(number),\"padding\":\"\(padding)\"}"
    }

    /// Appends a few lines, sometimes one in two writes, sometimes to a new file.
    func burst() {
        state.withLock { state in
            if state.descriptor < 0 || state.generator.oneIn(60) { rotate(&state) }
            let count = state.generator.int(1...20)
            var text = ""
            for number in state.number..<state.number + count { text += Self.line(number) + "\n" }
            state.number += count
            let bytes = Array(text.utf8)
            let cut = state.generator.oneIn(3) ? state.generator.int(0...bytes.count) : bytes.count
            append(bytes[..<cut], to: state.descriptor)
            append(bytes[cut...], to: state.descriptor)
        }
    }

    private func rotate(_ state: inout State) {
        if state.descriptor >= 0 {
            close(state.descriptor)
            state.rotations += 1
            rename("\(folder)/app.jsonl", "\(folder)/app-\(state.rotations).jsonl")
        }
        state.descriptor = open("\(folder)/app.jsonl", O_WRONLY | O_CREAT | O_APPEND, 0o644)
    }

    private func append(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }
}
