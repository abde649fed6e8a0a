import Foundation
import TestSupport
import Testing

@testable import LogShipper

@Suite("File systems that hang")
struct RemoteCaseTests {
    /// Keeps whoever goes through waiting while it is shut.
    private final class Gate: @unchecked Sendable {
        private let condition = NSCondition()
        private var isShut = false

        func set(shut: Bool) {
            condition.lock()
            isShut = shut
            condition.broadcast()
            condition.unlock()
        }

        func pass() {
            condition.lock()
            while isShut { condition.wait() }
            condition.unlock()
        }
    }

    @Test("case 21: a mount whose look or read hangs stops only its own files, and goes on where it comes back")
    func hangingMount() throws {
        let harness = try ReaderHarness {
            let folder = $0.stateDirectory
            $0.inputs = ["local", "remote"].map { ShipperConfiguration.Input(paths: ["\(folder)/\($0)/*.log"]) }
        }
        for name in ["local", "remote"] { try harness.directory.write("\(name) 0\n", to: "\(name)/a.log") }
        let looks = Gate()
        let reads = Gate()
        let reader = harness.reader
        defer {
            looks.set(shut: false)
            reads.set(shut: false)
            reader.stopScouts()
        }
        reader.remoteDevice = { $0.path.contains("/remote/") ? 1 : nil }
        reader.guardians[1] = try DeviceGuard(
            { touch in
                reads.pass()
                DeviceGuard.touch(touch)
            }, wakeReader: {})
        reader.scouts = try reader.patterns.enumerated().map { input, pattern in
            try InputScout(
                {
                    if input == 1 { looks.pass() }
                    return pattern.look()
                }, wakeReader: {})
        }
        func arrives(_ line: String) -> Bool {
            eventually {
                harness.step()
                harness.acknowledgeAll()
                return harness.lines.contains(line)
            }
        }
        #expect(arrives("local 0"))
        #expect(arrives("remote 0"))
        reads.set(shut: true)
        for name in ["local", "remote"] { harness.append("\(name) 1\n", to: "\(name)/a.log") }
        #expect(arrives("local 1"))
        looks.set(shut: true)
        harness.append("local 2\n", to: "local/a.log")
        try harness.directory.write("local 3\n", to: "local/b.log")
        #expect(arrives("local 2"))
        #expect(arrives("local 3"))
        #expect(!harness.lines.contains("remote 1"))
        #expect(
            eventually {
                harness.step()
                return reader.hanging == [1]
            })
        // The files of the input that hangs are not taken for gone.
        #expect(reader.files.count == 3)
        // Nor does the reader ask for that look in every turn.
        reader.needsScan = true
        #expect(
            eventually {
                harness.step()
                return !reader.needsScan
            })
        reads.set(shut: false)
        looks.set(shut: false)
        #expect(arrives("remote 1"))
        #expect(
            eventually {
                harness.step()
                return reader.hanging.isEmpty
            })
    }

    @Test("remote devices are told by the list of mounts")
    func mounts() {
        let text = """
            22 28 0:20 / /proc rw,nosuid shared:12 - proc proc rw
            36 35 0:45 / /mnt/logs rw shared:1 master:2 - nfs4 server:/logs rw,hard
            37 35 8:1 / / rw - ext4 /dev/sda1 rw
            38 35 0:300 / /mnt/ssh\\040fs rw - fuse.sshfs host: rw
            broken line
            """
        let expected: Set<UInt64> = [45, 1_048_620]
        #expect(MountTable.remoteDevices(Array(text.utf8)) == expected)
    }
}
