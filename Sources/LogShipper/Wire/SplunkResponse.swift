import CurlHTTP

/// The answer of Splunk's event collector: `{"text": …, "code": n}`, with `ackId` where acknowledgements are on.
struct SplunkResponse: Equatable {
    var code: Int64
    var ackID: UInt64?
    var invalidEvent: Int?

    /// Nil for anything that is no such answer: a 200 with another body is some proxy's and no success.
    init?(_ body: [UInt8]) {
        var code: Int64?
        var ackID: Int64?
        var invalidEvent: Int64?
        let isFine = body.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            reader.readObject { name, reader in
                switch name {
                case "code": code = reader.readInteger()
                case "ackId": ackID = reader.readInteger()
                case "invalid-event-number": invalidEvent = reader.readInteger()
                default: reader.skip()
                }
            }
            return !reader.isBroken && reader.isAtEnd
        }
        guard isFine, let code else { return nil }
        self.code = code
        self.ackID = ackID.flatMap { UInt64(exactly: $0) }
        self.invalidEvent = invalidEvent.flatMap { Int(exactly: $0) }
    }

    /// Codes that blame the events of a 400: no data, invalid format, missing or blank event, indexed fields. The others
    /// blame the index, the channel or the token, which somebody has to mend.
    var blamesEvents: Bool { [5, 6, 12, 13, 15].contains(code) }

    /// What an answer means for the events that were sent.
    static func verdict(
        _ response: HTTPResponse, lineCount: Int, _ classes: ResponseClasses, nowWallNanos: Int64
    ) -> Verdict {
        let usual = classes.verdict(response, nowWallNanos: nowWallNanos)
        let answer = SplunkResponse(response.body)
        switch response.status {
        case 200: return answer?.code == 0 ? .delivered : .retry(reason: .broken, afterNanos: nil)
        case 400:
            guard let answer else { return usual }
            guard answer.blamesEvents else { return .retry(reason: .misconfigured, afterNanos: nil) }
            guard let bad = answer.invalidEvent, (0..<lineCount).contains(bad) else { return usual }
            return .badLine(bad, status: 400, reason: ResponseClasses.excerpt(response.body))
        default: return usual
        }
    }
}
