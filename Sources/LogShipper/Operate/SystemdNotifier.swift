#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Tells systemd how the program is (sd_notify(3)): one datagram a message to the socket that `NOTIFY_SOCKET` names.
///
/// Without that variable every call does nothing. A message that cannot be sent is no reason to stop shipping.
public final class SystemdNotifier: @unchecked Sendable {
    private let descriptor: OpenDescriptor
    private let address: sockaddr_un
    private let length: socklen_t

    /// How often `WATCHDOG=1` has to be sent, at least: half of what `WATCHDOG_USEC` allows. Nil without a watchdog, or
    /// where it is meant for another process.
    public let watchdogNanos: Int64?

    /// - Parameters:
    ///   - variables: gives an environment variable's value
    ///   - pid: this process
    /// - Returns: nil where nobody listens: no `NOTIFY_SOCKET`, or one that is no address.
    public init?(pid: Int32 = getpid(), _ variables: (String) -> String? = SystemdNotifier.environment) {
        guard let name = variables("NOTIFY_SOCKET"), let (address, length) = SystemdNotifier.address(name) else {
            return nil
        }
        let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { return nil }
        descriptor = OpenDescriptor(number)
        self.address = address
        self.length = length
        let isOurs = variables("WATCHDOG_PID").map { $0 == "\(pid)" } ?? true
        let micros = variables("WATCHDOG_USEC").flatMap { Int64($0) } ?? 0
        let isSensible = (1...3_600_000_000_000).contains(micros)
        watchdogNanos = isOurs && isSensible ? micros * 500 : nil
    }

    /// A variable of the process; an empty one counts as unset.
    public static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The files have been looked at for the first time.
    public func ready(_ status: String) { send("READY=1\nSTATUS=\(SystemdNotifier.line(status))") }

    /// A drain began.
    public func stopping() { send("STOPPING=1\nSTATUS=draining") }

    /// A new configuration is being read; ``ready(_:)`` ends it. The time is what systemd tells several reloads apart by.
    public func reloading() {
        send("RELOADING=1\nMONOTONIC_USEC=\(Clock.monotonicNanos() / 1000)\nSTATUS=reading the configuration again")
    }

    /// What `systemctl status` shows.
    public func status(_ text: String) { send("STATUS=\(SystemdNotifier.line(text))") }

    /// All threads go round their loops.
    public func watchdog() { send("WATCHDOG=1") }

    private func send(_ message: String) {
        var address = address
        let bytes = Array(message.utf8)
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { socketAddress in
                retryingInterrupts {
                    sendto(
                        descriptor.number, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT),
                        socketAddress, length)
                }
            }
        }
    }

    /// A line feed would begin another assignment.
    private static func line(_ text: String) -> String { TextTable.plain(text, 200) }

    /// A path, or with `@` a name in Linux's abstract namespace, whose first byte is NUL and whose length counts.
    static func address(_ name: String) -> (sockaddr_un, socklen_t)? {
        var bytes = Array(name.utf8)
        guard let first = bytes.first, first == 0x2f || first == 0x40, bytes.count > 1, !bytes.contains(0) else {
            return nil
        }
        let isAbstract = first == 0x40
        if isAbstract { bytes[0] = 0 }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // A path needs its NUL, an abstract name may fill the field.
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count <= (isAbstract ? room : room - 1) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        return (address, socklen_t(start + bytes.count + (isAbstract ? 0 : 1)))
    }
}
