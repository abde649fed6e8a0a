import Foundation
import TestSupport
import Testing

/// The tutorial's program is the one that is compiled.
@Suite("The tutorial of the metrics library")
struct TutorialTests {
    private static let steps = "Sources/Metrics/GatewayMetrics.docc/Resources"

    private func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(Places.packageRoot)/\(path)", encoding: .utf8)
    }

    @Test("its last step is the example that is built")
    func lastStep() throws {
        let example = try text("Examples/HelloMetrics/Sources/FirstHistogram/FirstHistogram.swift")
        #expect(try text("\(Self.steps)/shop-4.swift") == example)
    }

    @Test("each step only adds lines to the one before")
    func steps() throws {
        for number in 1...3 {
            let before = try text("\(Self.steps)/shop-\(number).swift").split(separator: "\n")
            var rest = try text("\(Self.steps)/shop-\(number + 1).swift").split(separator: "\n")[...]
            for line in before {
                let place = try #require(rest.firstIndex(of: line), "step \(number + 1) lacks: \(line)")
                rest = rest[(place + 1)...]
            }
        }
    }
}
