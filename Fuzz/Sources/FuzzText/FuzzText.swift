import Exposition

/// The first byte chooses the format, the second how the rest is cut: whole and in pieces must come to the same end.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzText(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)
    guard bytes.count >= 2 else { return 0 }
    let modes: [ExpositionParser.Mode] = [.prometheusText, .openMetrics, .openMetricsSyntax, .openMetrics2]
    let mode = modes[Int(bytes[0]) % modes.count]
    let text = UnsafeRawBufferPointer(rebasing: bytes[2...])
    let whole = parse(text, mode, piece: max(text.count, 1))
    let cut = parse(text, mode, piece: Int(bytes[1]) % 16 + 1)
    // NaN is not equal to NaN, but reads the same.
    precondition(whole.events == cut.events || "\(whole.events)" == "\(cut.events)", "\(whole) is not \(cut)")
    precondition(whole.error == cut.error, "\(whole) is not \(cut)")
    return 0
}

private func parse(
    _ text: UnsafeRawBufferPointer, _ mode: ExpositionParser.Mode, piece: Int
) -> (events: [ExpositionEvent], error: String?) {
    var parser = ExpositionParser(mode: mode)
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
