/// Takes an HTTP/1.1 answer apart as it comes (RFC 9112): head, then a body by length, in chunks, or until the end.
struct OpsAnswerParser {
    private enum Phase {
        case head
        case length(Int)
        case chunkSize
        case chunk(Int)
        case trailer
        case untilEnd
        case done
    }

    private(set) var status: Int?
    private var phase = Phase.head
    private var input: [UInt8] = []

    var isComplete: Bool { if case .done = phase { true } else { false } }

    /// The pieces of the body that are complete now; nil where the bytes are no answer.
    mutating func take(_ bytes: some Collection<UInt8>) -> [[UInt8]]? {
        input += bytes
        var pieces: [[UInt8]] = []
        while true {
            switch step(&pieces) {
            case .some(true): continue
            case .some(false): return pieces
            case .none: return nil
            }
        }
    }

    /// The connection ended.
    mutating func finish() -> [[UInt8]]? {
        if case .untilEnd = phase { phase = .done }
        return status == nil ? nil : []
    }

    /// False when more bytes are needed, nil for nonsense.
    private mutating func step(_ pieces: inout [[UInt8]]) -> Bool? {
        switch phase {
        case .head: return readHead()
        case .length(let left): return take(left, &pieces) { $0 == 0 ? .done : .length($0) }
        case .chunk(let left): return take(left, &pieces) { $0 == 0 ? .chunkSize : .chunk($0) }
        case .chunkSize:
            guard let line = takeLine() else { return input.count > 64 ? nil : false }
            // After the bytes of a chunk comes an empty line.
            if line.isEmpty { return true }
            guard let size = Int(line.prefix { $0 != ";" }, radix: 16), size >= 0 else { return nil }
            phase = size == 0 ? .trailer : .chunk(size)
            return true
        case .trailer:
            guard let line = takeLine() else { return input.count > 8192 ? nil : false }
            if line.isEmpty { phase = .done }
            return true
        case .untilEnd:
            guard !input.isEmpty else { return false }
            pieces.append(input)
            input = []
            return false
        case .done: return false
        }
    }

    private mutating func take(_ left: Int, _ pieces: inout [[UInt8]], _ then: (Int) -> Phase) -> Bool {
        let count = min(left, input.count)
        guard count > 0 || left == 0 else { return false }
        if count > 0 { pieces.append(Array(input[..<count])) }
        input.removeFirst(count)
        phase = then(left - count)
        return true
    }

    private mutating func takeLine() -> String? {
        guard let feed = input.firstIndex(of: 0x0a) else { return nil }
        defer { input.removeFirst(feed + 1) }
        return String(decoding: input[..<feed].filter { $0 != 0x0d }, as: UTF8.self)
    }

    private mutating func readHead() -> Bool? {
        guard let end = OpsRequest.headEnd(input) else { return input.count > OpsRequest.maxHeadBytes ? nil : false }
        let lines = String(decoding: input[..<(end - 4)], as: UTF8.self).split(separator: "\r\n")
        input.removeFirst(end)
        guard let first = lines.first?.split(separator: " "), first.count >= 2, first[0].hasPrefix("HTTP/1."),
            let status = Int(first[1])
        else { return nil }
        self.status = status
        phase = .untilEnd
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            let value = parts[1].drop { $0 == " " }
            switch parts[0].lowercased() {
            case "content-length":
                guard let length = Int(value), length >= 0 else { return nil }
                phase = length == 0 ? .done : .length(length)
            case "transfer-encoding": phase = .chunkSize
            default: break
            }
        }
        return true
    }
}
