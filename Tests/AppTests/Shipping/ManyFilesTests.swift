import Foundation
import TestSupport
import Testing

@Suite("The log-shipper and many files")
struct ManyFilesTests {
    @Test("case 17: 5,000 files with 256 descriptors: all lines once, also of files that grow and move meanwhile")
    func fewDescriptors() throws {
        let folder = try TemporaryDirectory("many")
        let receiver = try LogReceiver()
        let count = 5000
        func path(_ number: Int) -> String { "f\(number).jsonl" }
        func append(_ part: Int) throws {
            for number in 0..<count where part < 2 || number % 10 > 0 {
                let line = RotatingWriter.line(number * 10 + part)
                if part == 0 {
                    try folder.write(line + "\n", to: path(number))
                } else {
                    let handle = try #require(FileHandle(forWritingAtPath: folder.file(path(number))))
                    handle.seekToEndOfFile()
                    handle.write(Data((line + "\n").utf8))
                    try handle.close()
                }
            }
        }
        try append(0)
        let shipper = try ShipperProcess(
            paths: [folder.file("*.jsonl*")], url: receiver.url, settings: "rotate_grace: 100ms", openFiles: 256)
        #expect(eventually(within: 60, every: 0.1) { receiver.distinctLines == count })
        try append(1)
        for number in stride(from: 0, to: count, by: 10) {
            rename(folder.file(path(number)), folder.file(path(number) + ".1"))
        }
        #expect(eventually(within: 60, every: 0.1) { receiver.distinctLines == 2 * count })
        shipper.killNow()
        try append(2)
        try shipper.startAgain()
        #expect(eventually(within: 60, every: 0.1) { receiver.distinctLines >= 3 * count - count / 10 })
        #expect(try eventually { try shipper.metrics().sum("shipper_files") >= Double(count) })
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(shipper.child.pid)/fd").count
        #expect(open <= 256)
        let twice = receiver.arrivals.values.count { $0.starts.count > 1 }
        // The kill may repeat what was not noted yet; a running shipper repeats nothing.
        #expect(receiver.arrivals.values.allSatisfy { Set($0.starts).count == $0.starts.count }, "\(twice)")
        #expect(receiver.faults.isEmpty)
    }
}
