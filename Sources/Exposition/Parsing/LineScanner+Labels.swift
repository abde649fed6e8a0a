#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension LineScanner {
    /// Reads `{a="b",…}`, where names beyond the legacy rule stand in quotes and the metric's own may stand among
    /// the labels: `{"a.b",c="d"}`. Prometheus, exposition_formats.md.
    @inline(__always)
    mutating func labels(into view: inout ExpositionSampleView) throws(ExpositionError) {
        advance()
        skipBlanks()
        guard !take(UInt8(ascii: "}")) else { return }
        while true {
            let name = try labelName()
            if name.isQuoted, byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") {
                guard view.nameSpan.isEmpty else { throw failure(at: name.span.start, "the metric has a name already") }
                view.nameSpan = name.span
            } else {
                try label(name.span, into: &view)
            }
            skipBlanks()
            if take(UInt8(ascii: ",")) {
                skipBlanks()
                // Only the classic format allows a comma after the last label.
                if !isStrict, take(UInt8(ascii: "}")) { return }
            } else {
                try expect(UInt8(ascii: "}"), "expected ',' or '}' after the label")
                return
            }
        }
    }

    @inline(__always)
    private mutating func labelName() throws(ExpositionError) -> (span: TextSpan, isQuoted: Bool) {
        let plain = name(allowsColon: false)
        if !plain.isEmpty {
            skipBlanks()
            return (plain, false)
        }
        guard byte == UInt8(ascii: "\"") else { throw failure("expected a label name") }
        let quoted = try self.quoted("name")
        guard !quoted.isEmpty else { throw failure(at: quoted.start, "the name is empty") }
        skipBlanks()
        return (quoted, true)
    }

    /// Reads `="value"`.
    @inline(__always)
    private mutating func label(
        _ name: TextSpan, into view: inout ExpositionSampleView
    ) throws(ExpositionError) {
        try expect(UInt8(ascii: "="), "expected '=' after the label name")
        skipBlanks()
        let value = try quoted()
        var isNew = true
        if view.labelCount < LineScanner.fewLabels {
            for index in 0..<view.labelCount where isEqual(view.labelSpans[index].name, name) { isNew = false }
        } else {
            isNew = noteName(name, in: &view)
        }
        guard isNew else { throw failure("the label \"\(text(name))\" stands twice") }
        guard view.labelCount < LineScanner.maxLabels else { throw failure("too many labels") }
        view.append(ExpositionSampleView.LabelSpan(name: name, value: value))
    }

    /// Labels whose names are compared with one another; of more the names are kept in a set, so that a line of
    /// nothing but labels takes no quadratic time.
    static var fewLabels: Int { 32 }

    /// Remembers a name beyond the first few; false when it stands twice.
    @inline(never)
    private func noteName(_ name: TextSpan, in view: inout ExpositionSampleView) -> Bool {
        if view.labelCount == LineScanner.fewLabels {
            view.seenNames = Set(view.labelSpans[..<view.labelCount].map { ExactText(text($0.name)) })
        }
        return view.seenNames.insert(ExactText(text(name))).inserted
    }

    @inline(__always)
    private func isEqual(_ left: TextSpan, _ right: TextSpan) -> Bool {
        if left.isEscaped || right.isEscaped { return text(left).hasSameBytes(as: text(right)) }
        let size = left.end &- left.start
        return size == right.end &- right.start && memcmp(base + left.start, base + right.start, size) == 0
    }
}
