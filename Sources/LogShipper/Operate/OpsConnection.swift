import GatewayMetrics

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One client of the ops listener: reads requests, sends answers, never blocks.
struct OpsConnection {
    /// What an answer needs of its surroundings.
    struct Surroundings {
        let answer: @Sendable (OpsRequest) -> OpsAnswer
        /// Makes the listener look at its connections again.
        let wake: @Sendable () -> Void
    }

    private struct Page {
        let stream: OpsStream
        let framing: ScrapeFraming
        var hasHead = false
    }

    let descriptor: OpenDescriptor
    private(set) var deadlineNanos: Int64
    private let isLocal: Bool
    private var input: [UInt8] = []
    private var output: [UInt8] = []
    /// Bytes of `output` that have been sent.
    private var sent = 0
    private var page: Page?
    private var closesAfterOutput = false
    /// A body that only the end of the connection delimits is not whole.
    private var isCutShort = false

    /// POLLRDHUP, which Swift does not see.
    private static let peerClosed: Int16 = 0x2000
    private static let patienceNanos: Int64 = 10_000_000_000
    /// Pieces of a page that are sent before others have their turn.
    private static let piecesPerTurn = 16

    init(_ descriptor: OpenDescriptor, now: Int64) {
        self.descriptor = descriptor
        isLocal = PeerAddress.isLoopback(descriptor.number)
        deadlineNanos = now + Self.patienceNanos
    }

    /// What to wait for: room to write, bytes to read, or, while a page is being made, only the end of the connection.
    var events: Int16 {
        if !output.isEmpty { return Int16(POLLOUT) }
        guard let page else { return Int16(POLLIN) }
        return page.stream.isEndless ? Self.peerClosed : 0
    }

    /// Waits for the next piece of a page.
    var isWaiting: Bool { output.isEmpty && page != nil }

    /// Reads and writes what is possible; false when the connection is done.
    mutating func serve(_ surroundings: Surroundings, isReady: Bool, now: Int64) -> Bool {
        var mayRead = isReady
        var turns = 0
        while true {
            if !output.isEmpty {
                guard let isSent = send(now) else { return false }
                if !isSent { return true }
            }
            if page != nil {
                turns += 1
                // The next turn begins as soon as there is room, which is now.
                if turns > Self.piecesPerTurn { surroundings.wake() }
                guard turns <= Self.piecesPerTurn, continuePage(surroundings.wake) else { return true }
                if output.isEmpty, page == nil, closesAfterOutput { return false }
                continue
            }
            if closesAfterOutput { return false }
            if respond(surroundings.answer, now: now) { continue }
            guard mayRead else { return true }
            mayRead = false
            guard receive() else { return false }
        }
    }

    /// The connection is given up. A peer that cannot tell otherwise that its answer is not whole gets a reset.
    func close() {
        page?.stream.cancel()
        let isPageOpen = page.map { $0.hasHead && !$0.framing.isChunked } ?? false
        guard isCutShort || isPageOpen || !output.isEmpty else { return }
        var reset = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor.number, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
    }

    // MARK: - Requests

    private mutating func receive() -> Bool {
        let number = descriptor.number
        let room = OpsRequest.maxHeadBytes + 4096 - input.count
        guard room > 0 else { return false }
        let part = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            count = max(0, retryingInterrupts { recv(number, buffer.baseAddress, room, 0) })
        }
        input += part
        return !part.isEmpty
    }

    /// False while there is no complete request.
    private mutating func respond(_ answer: (OpsRequest) -> OpsAnswer, now: Int64) -> Bool {
        guard !input.isEmpty else { return false }
        switch OpsRequest.parse(input) {
        case .incomplete: return false
        case .refused(let status):
            let response = OpsResponse(status: status, body: Array("refused\n".utf8))
            output = response.encoded(isHead: false, keepsAlive: false)
            closesAfterOutput = true
        case .request(var request, let headBytes):
            request.isLocal = isLocal
            input.removeFirst(headBytes)
            closesAfterOutput = !request.keepsAlive
            let framing = ScrapeFraming(isChunked: !request.isOld, keepsAlive: request.keepsAlive)
            switch answer(request) {
            case .whole(let response):
                output = response.encoded(isHead: request.isHead, keepsAlive: request.keepsAlive)
            case .scrapeHead(let plan): output = framing.head(plan)
            case .scrape(let reader): page = Page(stream: .scrape(reader), framing: framing)
            case .tap(let stream): page = Page(stream: .tap(stream), framing: framing)
            }
        }
        deadlineNanos = now + Self.patienceNanos
        return true
    }

    // MARK: - Answers

    /// False when nothing is there yet.
    private mutating func continuePage(_ wake: @escaping @Sendable () -> Void) -> Bool {
        guard var page else { return true }
        switch page.stream.next(orCall: wake) {
        case .wait: return false
        case .piece(let bytes):
            output = (page.hasHead ? [] : page.stream.head(page.framing)) + page.framing.piece(bytes)
            page.hasHead = true
            self.page = page
        case .end:
            output = (page.hasHead ? [] : page.stream.head(page.framing)) + page.framing.end
            self.page = nil
        case .failed(let error):
            self.page = nil
            // With a part of the body gone, only the end of the connection can say that the rest is missing: before
            // the last chunk, or by a reset.
            if page.hasHead {
                closesAfterOutput = true
                isCutShort = !page.framing.isChunked
            } else {
                output = OpsResponse.refusal(error).encoded(isHead: false, keepsAlive: !closesAfterOutput)
            }
        }
        return true
    }

    /// Nil when the connection is broken, false when the peer has no room.
    private mutating func send(_ now: Int64) -> Bool? {
        let number = descriptor.number
        while sent < output.count {
            let count = output.withUnsafeBytes { bytes in
                retryingInterrupts { sendBytes(number, UnsafeRawBufferPointer(rebasing: bytes[sent...])) }
            }
            guard count > 0 else { return count < 0 && errno == EAGAIN ? false : nil }
            sent += count
            deadlineNanos = now + Self.patienceNanos
        }
        output = []
        sent = 0
        return true
    }
}

private func sendBytes(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
}
