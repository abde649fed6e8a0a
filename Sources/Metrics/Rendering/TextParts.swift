import Exposition

/// What stands before the labels of a sample line and after them.
struct LineFrame {
    let head: UnsafeRawBufferPointer
    let tail: UnsafeRawBufferPointer
}

/// All fixed bytes of one family in one text dialect.
struct TextParts: @unchecked Sendable {
    /// The lines that start with `#`.
    let metadata: UnsafeRawBufferPointer
    /// Lines named as the family, and those with a suffix.
    let plain: LineFrame
    let bucket: LineFrame
    let count: LineFrame
    let sum: LineFrame
    let created: LineFrame
    /// Before each label value: `a="`, then `",b="`; `labelsEnd` is `"`.
    let labelHeads: UnsafeBufferPointer<UnsafeRawBufferPointer>
    let labelsEnd: UnsafeRawBufferPointer
    /// After the labels of each bucket line, `+Inf` last: `,le="0.5"} `. In OpenMetrics 2.0 `0.5:`.
    let bucketTails: UnsafeBufferPointer<UnsafeRawBufferPointer>
    /// Lines of a state set, and after their labels each state: `,name="state"} `.
    let state: LineFrame
    let stateTails: UnsafeBufferPointer<UnsafeRawBufferPointer>
    /// True when a child's own text begins its lines: `name{labels} `, or the labels of a histogram or state set.
    let usesChildText: Bool
    /// Bytes of that text before and after the labels.
    let bytesBeforeLabels: Int
    let bytesAfterLabels: Int

    init(_ descriptor: FamilyDescriptor, names: WrittenNames, dialect: Dialect, arena: PartArena) {
        let builder = TextPartsBuilder(descriptor: descriptor, names: names, dialect: dialect, arena: arena)
        metadata = builder.metadata()
        let base = names.metric.dropping("_total")
        plain = builder.frame(names.metric)
        bucket = builder.frame(base.adding("_bucket"), hasMore: true)
        count = builder.frame(base.adding("_count"))
        sum = builder.frame(base.adding("_sum"))
        created = builder.frame(base.adding("_created"))
        labelHeads = builder.labelHeads()
        labelsEnd = arena.keep { if !names.labels.isEmpty { $0.append("\"") } }
        bucketTails = builder.bucketTails()
        state = builder.frame(names.metric, hasMore: true)
        stateTails = builder.stateTails()
        usesChildText = descriptor.hasLegacyNames
        let isWhole = descriptor.kind != .histogram && descriptor.kind != .stateset
        bytesBeforeLabels = isWhole ? plain.head.count : 0
        bytesAfterLabels = isWhole ? plain.tail.count : 0
    }
}

/// Builds the parts of a ``TextParts``.
struct TextPartsBuilder {
    let descriptor: FamilyDescriptor
    let names: WrittenNames
    let dialect: Dialect
    let arena: PartArena

    /// The name, and the brace if anything stands in it: labels, more that follows, or the quoted name itself.
    func frame(_ name: WrittenName, hasMore: Bool = false) -> LineFrame {
        let isOpen = !names.labels.isEmpty || hasMore
        let head = arena.keep { cursor in
            if name.isQuoted {
                cursor.append("{")
                cursor.append(quoted: name.text)
                if isOpen { cursor.append(",") }
            } else {
                cursor.append(name.text)
                if isOpen { cursor.append("{") }
            }
        }
        return LineFrame(head: head, tail: arena.keep { $0.append(isOpen || name.isQuoted ? "} " : " ") })
    }

    func labelHeads() -> UnsafeBufferPointer<UnsafeRawBufferPointer> {
        arena.keep(
            names.labels.enumerated().map { position, label in
                arena.keep { cursor in
                    if position > 0 { cursor.append("\",") }
                    cursor.append(label: label)
                    cursor.append("=\"")
                }
            })
    }

    func bucketTails() -> UnsafeBufferPointer<UnsafeRawBufferPointer> {
        guard descriptor.kind == .histogram else { return arena.keep([]) }
        return arena.keep(
            (descriptor.buckets + [.infinity]).map { bound in
                arena.keep { cursor in
                    if dialect.format == .openMetrics200 {
                        cursor.append(bound, style: .openMetrics)
                        cursor.append(":")
                        return
                    }
                    if !names.labels.isEmpty { cursor.append(",") }
                    cursor.append("le=\"")
                    cursor.append(bound, style: dialect.style)
                    cursor.append("\"} ")
                }
            })
    }

    func stateTails() -> UnsafeBufferPointer<UnsafeRawBufferPointer> {
        arena.keep(
            descriptor.states.map { state in
                arena.keep { cursor in
                    if !names.labels.isEmpty { cursor.append(",") }
                    cursor.append(label: names.state)
                    cursor.append("=\"")
                    cursor.append(escapingLabelValue: state)
                    cursor.append("\"} ")
                }
            })
    }

    /// TYPE, UNIT and HELP in the order of the format.
    func metadata() -> UnsafeRawBufferPointer {
        arena.keep { cursor in
            guard dialect.format.isOpenMetrics else {
                help(names.metric, to: &cursor)
                line("# TYPE ", names.metric, descriptor.kind.text004Name, to: &cursor)
                return
            }
            let name = metadataName
            line("# TYPE ", name, descriptor.kind.rawValue, to: &cursor)
            // A name that was escaped may not end in the unit any more, which OpenMetrics demands of it.
            let hasUnit = !descriptor.unit.isEmpty && descriptor.kind != .info && descriptor.kind != .stateset
            if hasUnit, dialect.format == .openMetrics200 || name.text.hasSuffix("_" + descriptor.unit) {
                line("# UNIT ", name, descriptor.unit, to: &cursor)
            }
            help(name, to: &cursor)
        }
    }

    /// OpenMetrics 1.0 groups samples under names without suffix; in 2.0 they are the same.
    private var metadataName: WrittenName {
        guard dialect.format != .openMetrics200 else { return names.metric }
        switch descriptor.kind {
        case .counter: return names.metric.dropping("_total")
        case .info: return names.metric.dropping("_info")
        default: return names.metric
        }
    }

    private func line(_ start: StaticString, _ name: WrittenName, _ rest: String, to cursor: inout ByteCursor) {
        cursor.append(start)
        cursor.append(label: name)
        cursor.append(" ")
        cursor.append(rest)
        cursor.append("\n")
    }

    private func help(_ name: WrittenName, to cursor: inout ByteCursor) {
        cursor.append("# HELP ")
        cursor.append(label: name)
        cursor.append(" ")
        cursor.append(escapingHelp: descriptor.help, format: dialect.format)
        cursor.append("\n")
    }
}

extension ByteCursor {
    /// Appends a name where no brace is open, in quotes if it needs them.
    mutating func append(label name: WrittenName) {
        if name.isQuoted {
            append(quoted: name.text)
        } else {
            append(name.text)
        }
    }

    mutating func append(quoted text: String) {
        append("\"")
        append(escapingLabelValue: text)
        append("\"")
    }
}

extension MetricKind {
    /// The name of the type in text format 0.0.4.
    var text004Name: String {
        switch self {
        case .unknown: "untyped"
        case .info, .stateset, .gaugehistogram: "gauge"
        case .counter, .gauge, .histogram, .summary: rawValue
        }
    }
}
