/// Makes samples of views and uses the strings of the sample before again where they are the same: in a family that is
/// the name, the names of the labels and most of the values, and none of them costs an allocation then.
struct SampleStrings {
    private var name = ""
    private var labels: [(name: String, value: String)] = []

    /// The sample of a view.
    @inline(__always)
    mutating func sample(of view: borrowing ExpositionSampleView) -> ExpositionSample {
        if let other = SampleStrings.text(view, view.nameSpan, unless: name) { name = other }
        update(view)
        return ExpositionSample(
            name: name, labels: labels, value: view.value, timestampMillis: view.timestampMillis,
            createdMillis: view.createdMillis, exemplar: view.exemplars.last)
    }

    /// Changes what differs in place: while nobody keeps the labels of the sample before, their array is used again too.
    private mutating func update(_ view: borrowing ExpositionSampleView) {
        let count = view.labelCount
        if labels.count > count { labels.removeLast(labels.count - count) }
        for index in 0..<labels.count {
            let span = view.labelSpans[index]
            if let name = SampleStrings.text(view, span.name, unless: labels[index].name) {
                labels[index].name = name
            }
            if let value = SampleStrings.text(view, span.value, unless: labels[index].value) {
                labels[index].value = value
            }
        }
        for index in labels.count..<count {
            let span = view.labelSpans[index]
            labels.append((view.text(span.name).string, view.text(span.value).string))
        }
    }

    /// The text of a span, or nil when it is `known`.
    @inline(__always)
    private static func text(
        _ view: borrowing ExpositionSampleView, _ span: TextSpan, unless known: String
    ) -> String? {
        let text = view.text(span)
        return !text.isEscaped && known.hasSameBytes(as: text.bytes) ? nil : text.string
    }
}
