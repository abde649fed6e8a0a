/// The rules of responses (RFC 9113 section 8.3.2).
extension HeaderBlock {
    /// Checks a response's fields and notes its status.
    mutating func checkResponse() -> HTTP2Fault? {
        for index in 0..<fields.count {
            let name = bytes(fields[index].name)
            if name.first == 0x3A {
                guard pseudo.count == index else { return .pseudoAfterField }
                guard name.isEqual(":status") else { return .pseudoUnknown }
                guard pseudo.seen.insert(.status).inserted else { return .pseudoRepeated }
                guard noteStatus(fields[index].value) else { return .status }
                pseudo.count += 1
            } else if let fault = checkRegular(index) {
                return fault
            }
        }
        return pseudo.seen.contains(.status) ? nil : .pseudoMissing
    }

    /// Three digits, 100 to 599, and not 101, which HTTP/2 does not have (section 8.6).
    private mutating func noteStatus(_ value: ByteSlice) -> Bool {
        let digits = bytes(value)
        guard digits.count == 3, digits.allSatisfy(ByteClass.isDigit) else { return false }
        pseudo.status = digits.reduce(0) { $0 * 10 + Int($1 &- 0x30) }
        return pseudo.status >= 100 && pseudo.status < 600 && pseudo.status != 101
    }

    /// Responses to HEAD, 204 and 304 have no content, whatever `content-length` says (RFC 9110 section 6.4.1).
    func hasNoContent(toHead: Bool) -> Bool {
        toHead || pseudo.status == 204 || pseudo.status == 304
    }
}
