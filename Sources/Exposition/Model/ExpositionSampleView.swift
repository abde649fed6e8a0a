/// A line of samples whose names and labels are still bytes of the text: nothing is allocated for it.
///
/// Only valid during the call that it is an argument of.
public struct ExpositionSampleView: ~Copyable {
    /// Where a label's name and value stand.
    struct LabelSpan {
        var name: TextSpan
        var value: TextSpan
    }

    /// The line; nil before the first one.
    private(set) var base: UnsafePointer<UInt8>?
    var nameSpan = TextSpan.empty
    /// The first ``labelCount`` are the line's; the rest is left of lines before.
    private(set) var labelSpans: [LabelSpan] = []
    /// Bytes of the line up to the end of its series.
    var seriesBytes = 0
    /// How many labels there are.
    public private(set) var labelCount = 0
    /// Names of a line that has many labels.
    var seenNames: Set<ExactText> = []
    /// OpenMetrics' timestamp as it stands there.
    var timestampSeconds: Double?
    /// The number.
    public internal(set) var value = 0.0
    /// Milliseconds of Unix time; OpenMetrics' seconds are rounded to the nearest. Nil when there is none.
    public internal(set) var timestampMillis: Int64?
    /// Milliseconds of Unix time at which counting began: OpenMetrics 2.0's `st@`.
    public internal(set) var createdMillis: Int64?
    /// In OpenMetrics 1.0 at most one.
    public internal(set) var exemplars: [ExpositionExemplar] = []

    /// What stands for ``value`` where an OpenMetrics 2.0 line has several fields.
    var composite: CompositeValue?

    init() {}

    /// Another line begins.
    @inline(__always)
    mutating func begin(_ base: UnsafePointer<UInt8>) {
        self.base = base
        nameSpan = .empty
        (labelCount, seriesBytes) = (0, 0)
        value = 0
        (timestampMillis, timestampSeconds, createdMillis) = (nil, nil, nil)
        if !exemplars.isEmpty { exemplars = [] }
        if composite != nil { composite = nil }
    }

    /// The name as it stands there, with its suffix.
    public var name: ExpositionText { text(nameSpan) }

    /// The line's beginning through the end of its series, as it stands there: in any other line that begins so and
    /// goes on with a blank, it is the same series, unless a brace follows the blanks.
    public var seriesText: UnsafeRawBufferPointer { bytes(TextSpan(start: 0, end: seriesBytes)) }

    /// Adds a label.
    @inline(__always)
    mutating func append(_ label: LabelSpan) {
        if labelCount < labelSpans.count { labelSpans[labelCount] = label } else { labelSpans.append(label) }
        labelCount &+= 1
    }

    /// The name of a label, in the order of the text; empty beyond the last.
    public func labelName(at index: Int) -> ExpositionText { text(span(at: index)?.name ?? .empty) }

    /// The value of a label, in the order of the text; empty beyond the last.
    public func labelValue(at index: Int) -> ExpositionText { text(span(at: index)?.value ?? .empty) }

    private func span(at index: Int) -> LabelSpan? {
        index >= 0 && index < labelCount ? labelSpans[index] : nil
    }

    /// Calls `body` with every label in the order of the text.
    public func forEachLabel(
        _ body: (_ name: ExpositionText, _ value: ExpositionText) throws -> Void
    ) rethrows {
        for span in labelSpans[..<labelCount] { try body(text(span.name), text(span.value)) }
    }

    @inline(__always)
    func text(_ span: TextSpan) -> ExpositionText {
        ExpositionText(bytes: bytes(span), isEscaped: span.isEscaped)
    }

    @inline(__always)
    func bytes(_ span: TextSpan) -> UnsafeRawBufferPointer {
        guard let base else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: base + span.start, count: span.end &- span.start)
    }
}
