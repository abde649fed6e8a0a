/// Makes samples of views and uses the strings of the sample before again where they are the same: in a family that is
/// the name, the names of the labels and most of the values, and none of them costs an allocation then.
struct SampleStrings {
    private var name = ""
    private var labels: [(name: String, value: String)] = []

    /// The sample of a view.
    @inline(__always)
    mutating func sample(of view: borrowing ExpositionSampleView) -> ExpositionSample {
        if let other = SampleStrings.text(view, view.nameSpan, unless: name) { name = other }
        labels = view.labelCount == 0 ? [] : makeLabels(of: view)
        return ExpositionSample(
            name: name, labels: labels, value: view.value, timestampMillis: view.timestampMillis,
            createdMillis: view.createdMillis, exemplar: view.exemplars.last)
    }

    private func makeLabels(of view: borrowing ExpositionSampleView) -> [(name: String, value: String)] {
        let count = view.labelCount
        var made: [(name: String, value: String)] = []
        made.reserveCapacity(count)
        for index in 0..<count {
            let span = view.labelSpans[index]
            var label = index < labels.count ? labels[index] : (name: "", value: "")
            if let other = SampleStrings.text(view, span.name, unless: label.name) { label.name = other }
            if let other = SampleStrings.text(view, span.value, unless: label.value) { label.value = other }
            made.append(label)
        }
        return made
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
