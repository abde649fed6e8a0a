import CurlHTTP

/// The answer to an OTLP export, as JSON or protobuf (ExportLogsServiceResponse).
struct OTLPResponse: Equatable {
    /// Log records that the destination refused; the others it took.
    var rejected: Int64 = 0
    var message = ""

    /// Nil for what is no such answer. Of one that was cut, what stands before the cut counts.
    init?(json body: [UInt8], isCut: Bool = false) {
        var rejected: Int64 = 0
        var message = ""
        let isFine = body.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            reader.readObject { name, reader in
                guard name == "partialSuccess" || name == "partial_success" else {
                    reader.skip()
                    return
                }
                reader.readObject { name, reader in
                    switch name {
                    case "rejectedLogRecords", "rejected_log_records": rejected = reader.readInteger() ?? 0
                    case "errorMessage", "error_message": message = reader.readString() ?? ""
                    default: reader.skip()
                    }
                }
            }
            return !reader.isBroken && reader.isAtEnd
        }
        guard isFine || isCut else { return nil }
        self.rejected = max(0, rejected)
        self.message = message
    }

    /// Nil for what is no such answer. Unknown fields are skipped.
    init?(protobuf body: [UInt8], isCut: Bool = false) {
        let isFine = body.withUnsafeBytes { bytes in
            ProtobufReader.forEachField(bytes, isCut: isCut) { field, value in
                // partial_success = 1, with rejected_log_records = 1 and error_message = 2.
                guard field == 1, case .bytes(let partial) = value else { return true }
                return ProtobufReader.forEachField(partial, isCut: isCut) { field, value in
                    switch (field, value) {
                    case (1, .varint(let count)): rejected = Int64(clamping: count)
                    case (2, .bytes(let text)): message = String(decoding: text, as: UTF8.self)
                    default: break
                    }
                    return true
                }
            }
        }
        guard isFine || isCut else { return nil }
    }

    /// What an answer means. Only 429, 502, 503 and 504 may be sent again (OTLP 1.x, "Retryable Response Codes"): lines
    /// that meet another server error are dead letters, so that none is lost.
    static func verdict(
        _ response: HTTPResponse, lineCount: Int, _ classes: ResponseClasses, nowWallNanos: Int64
    ) -> Verdict {
        switch response.status {
        case 200...299: return success(response, lineCount) ?? classes.verdict(response, nowWallNanos: nowWallNanos)
        case 502, 503, 504: return classes.verdict(response, nowWallNanos: nowWallNanos)
        case 500...599:
            let fate = Verdict.LineFate.rejected(
                status: response.status, reason: ResponseClasses.excerpt(response.body))
            return .lines([Verdict.LineFate](repeating: fate, count: lineCount))
        default: return classes.verdict(response, nowWallNanos: nowWallNanos)
        }
    }

    /// An answer that says it is JSON, protobuf or a page and is none of the first two is no collector's. Nil for one that
    /// holds nothing to read.
    private static func success(_ response: HTTPResponse, _ lineCount: Int) -> Verdict? {
        guard !response.body.isEmpty else { return nil }
        let type = response.header("Content-Type").map { Array($0.utf8.prefix(24)).map { $0 | 0x20 } } ?? []
        let answer: OTLPResponse?
        if type.starts(with: "application/json".utf8) {
            answer = OTLPResponse(json: response.body, isCut: response.isBodyTruncated)
        } else if type.starts(with: "application/x-protobuf".utf8) {
            answer = OTLPResponse(protobuf: response.body, isCut: response.isBodyTruncated)
        } else if type.starts(with: "text/html".utf8) {
            answer = nil
        } else {
            return nil
        }
        guard let answer else { return .retry(reason: .broken, afterNanos: nil) }
        guard answer.rejected > 0 else { return nil }
        return .partial(rejected: Int(min(answer.rejected, Int64(lineCount))), reason: answer.message)
    }
}
