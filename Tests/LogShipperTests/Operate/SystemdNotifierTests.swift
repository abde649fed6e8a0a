import Foundation
import TestSupport
import Testing

@testable import LogShipper

/// A datagram socket as systemd has one.
private final class NotifySocket {
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)

    init(_ name: String) throws {
        var (address, length) = try #require(SystemdNotifier.address(name))
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        try #require(code == 0, "bind: \(String(cString: strerror(errno)))")
    }

    deinit { close(descriptor) }

    func receive() -> String {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}

@Suite("SystemdNotifier")
struct SystemdNotifierTests {
    @Test("messages reach a socket that has a path, and one in the abstract namespace", arguments: [true, false])
    func messages(_ isAbstract: Bool) throws {
        let directory = try TemporaryDirectory("notify")
        let name = isAbstract ? "@gatehouse\(directory.path)" : directory.file("notify.sock")
        let socket = try NotifySocket(name)
        let notifier = try #require(SystemdNotifier { ["NOTIFY_SOCKET": name][$0] })
        notifier.ready("12 files\nREADY=0")
        #expect(socket.receive() == "READY=1\nSTATUS=12 files.READY=0")
        notifier.reloading()
        #expect(socket.receive().firstMatch(of: /^RELOADING=1\nMONOTONIC_USEC=[0-9]+\nSTATUS=/) != nil)
        notifier.stopping()
        #expect(socket.receive() == "STOPPING=1\nSTATUS=draining")
        notifier.watchdog()
        #expect(socket.receive() == "WATCHDOG=1")
        #expect(notifier.watchdogNanos == nil)
    }

    @Test("the watchdog counts where it is meant for this process")
    func watchdog() {
        func nanos(_ variables: [String: String]) -> Int64? {
            let all = variables.merging(["NOTIFY_SOCKET": "/absent"]) { $1 }
            return SystemdNotifier(pid: 7) { all[$0] }?.watchdogNanos
        }
        #expect(nanos(["WATCHDOG_USEC": "20000000"]) == 10_000_000_000)
        #expect(nanos(["WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "7"]) == 10_000_000_000)
        #expect(nanos(["WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "8"]) == nil)
        for bad in ["", "-1", "0", "x", "9223372036854775807"] { #expect(nanos(["WATCHDOG_USEC": bad]) == nil) }
    }

    @Test("without a socket, or with a name that is none, there is no notifier; nobody at the other end does no harm")
    func absent() {
        #expect(SystemdNotifier { _ in nil } == nil)
        for bad in ["relative", "/", "@", "", "/" + String(repeating: "x", count: 200)] {
            #expect(SystemdNotifier { $0 == "NOTIFY_SOCKET" ? bad : nil } == nil, "\(bad)")
        }
        SystemdNotifier { $0 == "NOTIFY_SOCKET" ? "/tmp/gatehouse-nobody" : nil }?.watchdog()
    }
}

@Suite("Heartbeat")
struct HeartbeatTests {
    @Test("a thread is stuck after a minute without a beat, until it beats again or ends")
    func stuck() {
        let heart = Heartbeat(0)
        #expect(heart.stuckNanos(59_000_000_000) == nil)
        #expect(heart.stuckNanos(61_000_000_000) == 61_000_000_000)
        heart.beat(61_000_000_000)
        #expect(heart.stuckNanos(62_000_000_000) == nil)
        heart.end()
        #expect(heart.stuckNanos(.max / 2) == nil)
    }
}
