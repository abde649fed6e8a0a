import Foundation
import TestSupport
import Testing

/// The table of attacks and bad input that the gateway is held against has numbers; none may go untested.
@Suite("Case numbers")
struct CaseNumberTests {
    /// These need tokens.
    private static let later: Set = [69, 110]

    /// The log-shipper numbers its cases, too: only the gateway's tests count.
    private static let folders = ["Tests/AppTests/Cases", "Tests/GatewayTests"]

    @Test("each case of the gateway from 1 to 109 is named by a test")
    func numbers() throws {
        var named: Set<Int> = []
        for folder in Self.folders {
            let root = "\(Places.packageRoot)/\(folder)"
            let walker = try #require(FileManager.default.enumerator(atPath: root))
            while let name = walker.nextObject() as? String {
                guard name.hasSuffix(".swift") else { continue }
                let text = try String(contentsOfFile: "\(root)/\(name)", encoding: .utf8)
                named.formUnion(text.matches(of: #/["`]case (\d+): /#).compactMap { Int($0.output.1) })
            }
        }
        let missing = Set(1...109).subtracting(Self.later).subtracting(named)
        #expect(missing.isEmpty, "cases without a test: \(missing.sorted())")
        let unknown = named.subtracting(1...110)
        #expect(unknown.isEmpty, "numbers that the table does not have: \(unknown.sorted())")
    }
}
