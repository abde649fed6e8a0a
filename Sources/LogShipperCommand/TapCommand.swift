import ArgumentParser
import LogShipper

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

struct TapCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tap", abstract: "Shows live what leaves a running log-shipper.",
        discussion: """
            Lines are shown once their destination has taken them. A terminal that is slower than the shipper misses \
            lines, which are counted; the shipper never waits for it.
            """)

    @OptionGroup var options: ConfigOptions

    @Option(name: .long, help: "Only this tenant's lines.")
    var tenant: String?

    @Option(name: .long, help: "Only what leaves by this output.")
    var output: String?

    @Option(name: .long, help: "Only lines that contain this text.")
    var grep: String?

    @Flag(name: .long, help: "Print JSON objects, one a line.")
    var json = false

    @Option(name: .long, help: "End after this many lines.")
    var limit: Int?

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more") }
    }

    func run() throws {
        var filter = TapFilter()
        filter.tenant = tenant
        filter.output = output
        filter.grep = Array((grep ?? "").utf8)
        filter.isJSON = json
        filter.limit = limit
        let configuration = try options.load()
        do throws(OpsFailure) {
            try TapRequest(configuration, filter).run { piece in Self.write(piece) }
        } catch {
            throw options.failure(error.description)
        }
    }

    /// At once and whole; false when nobody reads any more.
    private static func write(_ piece: UnsafeRawBufferPointer) -> Bool {
        var rest = piece
        while !rest.isEmpty {
            let count = systemWriteOut(STDOUT_FILENO, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        return true
    }
}

// Under a name that the method above does not hide.
private func systemWriteOut(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
