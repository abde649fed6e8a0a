/// The answer to a `_bulk` request: one item for each document, in order.
struct ElasticsearchResponse {
    /// `errors`; nil where it does not stand there.
    private(set) var hasErrors: Bool?
    /// What became of the leading lines; nil where there are no items at all.
    private(set) var fates: [Verdict.LineFate]?
    /// Items that ask for another try, and why that is.
    private(set) var retryReason: Verdict.RetryReason?
    private(set) var isComplete = false

    /// - Parameter lineCount: items beyond it are no answer to this request.
    init(_ body: [UInt8], lineCount: Int) {
        body.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            reader.readObject { name, reader in
                switch name {
                case "errors": hasErrors = reader.readBool()
                case "items": readItems(&reader, lineCount)
                default: reader.skip()
                }
            }
            isComplete = !reader.isBroken && reader.isAtEnd
        }
    }

    /// What it means for the lines of the request. Items that were read count even when the body breaks off behind them,
    /// so that a batch whose answer is always cut still comes to an end.
    func verdict(lineCount: Int, afterNanos: Int64?) -> Verdict {
        guard var fates else {
            return isComplete && hasErrors == false ? .delivered : .retry(reason: .broken, afterNanos: afterNanos)
        }
        let isWhole = isComplete && fates.count == lineCount
        if isWhole, fates.allSatisfy({ $0 == .delivered }) { return .delivered }
        fates += [Verdict.LineFate](repeating: .retry, count: max(0, lineCount - fates.count))
        if fates.allSatisfy({ $0 == .retry }) {
            return .retry(reason: isWhole ? retryReason ?? .broken : .broken, afterNanos: afterNanos)
        }
        return .lines(fates)
    }

    private mutating func readItems(_ reader: inout JSONReader, _ lineCount: Int) {
        var found: [Verdict.LineFate] = []
        var reason: Verdict.RetryReason?
        reader.readArray { reader in
            guard found.count < lineCount else { return false }
            var item: Verdict.LineFate?
            // The one member's name is the action.
            reader.readObject { _, reader in item = ElasticsearchResponse.readItem(&reader, &reason) }
            guard let item else { return false }
            found.append(item)
            return true
        }
        fates = found
        retryReason = reason
    }

    private static func readItem(
        _ reader: inout JSONReader, _ retryReason: inout Verdict.RetryReason?
    ) -> Verdict.LineFate? {
        var status: Int64?
        var error: UnsafeRawBufferPointer?
        reader.readObject { name, reader in
            switch name {
            case "status": status = reader.readInteger()
            case "error": error = reader.skip()
            default: reader.skip()
            }
        }
        guard !reader.isBroken, let status, (100...599).contains(status) else { return nil }
        switch status {
        case 200...299: return .delivered
        // The document is there already: it came with an earlier try.
        case 409: return .delivered
        case 429, 500...599: retryReason = retryReason ?? (status == 429 ? .throttled : .serverError)
        // No right to write, a read-only index or none: somebody has to mend that, and the line is not to blame.
        case 401, 403: retryReason = .unauthorized
        case 404: retryReason = .misconfigured
        default: return .rejected(status: Int(status), reason: ResponseClasses.excerpt(error.map { Array($0) } ?? []))
        }
        return .retry
    }
}
