import Exposition

/// The first byte says how the rest is cut: whole and in pieces must come to the same end.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzProtobuf(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)
    guard bytes.count >= 1 else { return 0 }
    let text = UnsafeRawBufferPointer(rebasing: bytes[1...])
    let whole = parse(text, piece: max(text.count, 1))
    let cut = parse(text, piece: Int(bytes[0]) % 16 + 1)
    // NaN is not equal to NaN, but reads the same.
    precondition(whole.events == cut.events || "\(whole.events)" == "\(cut.events)", "\(whole) is not \(cut)")
    precondition(whole.error == cut.error, "\(whole) is not \(cut)")
    return 0
}

private func parse(_ text: UnsafeRawBufferPointer, piece: Int) -> (events: [ExpositionEvent], error: String?) {
    var parser = ProtobufExpositionParser()
    var events: [ExpositionEvent] = []
    do {
        var position = 0
        while position < text.count {
            let end = min(position + piece, text.count)
            try parser.consume(UnsafeRawBufferPointer(rebasing: text[position..<end])) { events.append($0) }
            position = end
        }
        try parser.finish { events.append($0) }
        return (events, nil)
    } catch {
        return (events, "\(error)")
    }
}
