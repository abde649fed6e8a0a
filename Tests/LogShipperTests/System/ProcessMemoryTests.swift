import Foundation
import Testing

@testable import LogShipper

@Suite("What the process gives back")
struct ProcessMemoryTests {
    @Test("the program goes on after everything was given back, and calls what it has not called yet")
    func release() throws {
        for _ in 0..<3 {
            ProcessMemory.releaseStartup()
            let object = try JSONSerialization.jsonObject(with: Data("[1, \"two\", {\"three\": 3.5}]".utf8)) as? [Any]
            #expect(object?.count == 3)
            #expect(String(format: "%05.1f", 2.25) == "002.2" && "ß".uppercased() == "SS")
        }
    }
}
