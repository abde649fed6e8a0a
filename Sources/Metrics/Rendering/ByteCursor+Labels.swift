import Exposition

extension ByteCursor {
    /// Appends `a="x",b="y"`, values escaped, in braces if wanted and if there is anything to put in them.
    mutating func append(labels: [String], values: [String], braces: Bool) {
        guard !labels.isEmpty else { return }
        if braces { append(UInt8(ascii: "{")) }
        var isFirst = true
        for (label, value) in zip(labels, values) {
            if !isFirst { append(UInt8(ascii: ",")) }
            isFirst = false
            append(label)
            append("=\"")
            append(escapingLabelValue: value)
            append(UInt8(ascii: "\""))
        }
        if braces { append(UInt8(ascii: "}")) }
    }
}
