import PromQL

extension FuzzChecks {
    /// The first byte chooses the options, the rest is an expression: printed, it parses again and prints the same.
    public static func promQL(_ bytes: [UInt8]) -> String? {
        guard let first = bytes.first else { return nil }
        let options = first % 4 == 0 ? ParserOptions() : ParserOptions.everything
        let source = text(bytes.dropFirst())
        _ = try? Parser.parseLabels(source)
        guard let expression = try? Parser.parse(source, options: options) else { return nil }
        let printed = expression.description
        do {
            let again = try Parser.parse(printed, options: options)
            if again.type != expression.type { return "\(source): \(expression.type) became \(again.type)" }
            if let formatted = try Expression.formatted(source, options: options) {
                let settled = try Expression.formatted(formatted, options: options)
                if settled != formatted { return "\(source): \(formatted) became \(settled ?? "nothing")" }
            }
            if again.description != printed { return "\(source): \(printed) became \(again)" }
        } catch {
            return "\(source): printed as \(printed): \(error)"
        }
        return nil
    }
}
