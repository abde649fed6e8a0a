/// A header block that comes in several frames (RFC 9113 section 4.3).
struct HTTP2HeaderAssembly: ~Copyable {
    /// Memory kept for the next one.
    private static let keptBytes = 16_384

    /// 0 between blocks.
    private(set) var stream: UInt32 = 0
    private(set) var endStream = false
    private var dependsOnItself = false
    private var frames = 0
    private var fragments = ByteQueue()

    init() {}

    var isActive: Bool { stream != 0 }

    /// The fragments so far.
    var block: UnsafeRawBufferPointer { fragments.readable }

    /// Of the block that has just ended.
    var head: HTTP2BlockHead {
        HTTP2BlockHead(stream: stream, endStream: endStream, dependsOnItself: dependsOnItself)
    }

    /// Keeps the fragment of a HEADERS frame without END_HEADERS.
    mutating func begin(_ head: HTTP2BlockHead, _ fragment: UnsafeRawBufferPointer) {
        stream = head.stream
        endStream = head.endStream
        dependsOnItself = head.dependsOnItself
        frames = 0
        fragments.append(fragment)
    }

    /// Keeps the fragment of a CONTINUATION frame.
    mutating func add(_ fragment: UnsafeRawBufferPointer, limits: HTTP2Limits) throws(HTTP2Failure) {
        frames += 1
        guard frames <= limits.continuationFrames else { throw HTTP2Failure(.continuationFlood) }
        guard fragments.count + fragment.count <= limits.headerListHardBytes else {
            throw HTTP2Failure(.headerBlockTooLarge)
        }
        fragments.append(fragment)
    }

    mutating func end() {
        stream = 0
        fragments.clear(keeping: Self.keptBytes)
    }
}
