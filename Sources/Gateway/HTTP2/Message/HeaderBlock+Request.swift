/// The rules of requests (RFC 9113 section 8.3.1).
extension HeaderBlock {
    /// Checks a request's fields and notes its pseudo-header fields.
    mutating func checkRequest() -> HTTP2Fault? {
        for index in 0..<fields.count {
            let name = bytes(fields[index].name)
            if name.first == 0x3A {
                guard pseudo.count == index else { return .pseudoAfterField }
                if let fault = notePseudo(name, fields[index].value) { return fault }
                pseudo.count += 1
            } else if let fault = checkRegular(index) {
                return fault
            }
        }
        return checkCompleteness()
    }

    private mutating func notePseudo(_ name: UnsafeRawBufferPointer, _ value: ByteSlice) -> HTTP2Fault? {
        let bit: PseudoFields.Seen
        switch name.count {
        case 5 where name.isEqual(":path"):
            bit = .path
            if !pseudo.seen.contains(bit) { pseudo.path = value }
        case 7 where name.isEqual(":method"):
            bit = .method
            if !pseudo.seen.contains(bit) { pseudo.method = value }
        case 7 where name.isEqual(":scheme"):
            bit = .scheme
            if !pseudo.seen.contains(bit) { pseudo.scheme = value }
        case 10 where name.isEqual(":authority"):
            bit = .authority
            if !pseudo.seen.contains(bit) { pseudo.authority = value }
        // `:protocol` of RFC 8441 comes here when its setting is sent.
        default: return .pseudoUnknown
        }
        guard pseudo.seen.insert(bit).inserted else { return .pseudoRepeated }
        return nil
    }

    private func checkCompleteness() -> HTTP2Fault? {
        guard !pseudo.method.isEmpty else { return .pseudoMissing }
        for byte in bytes(pseudo.method) where !ByteClass.isToken(byte) { return .method }
        if pseudo.seen.contains(.authority), !Self.isAuthority(bytes(pseudo.authority)) { return .authority }
        if bytes(pseudo.method).isEqual("CONNECT") { return checkConnect() }
        guard !pseudo.scheme.isEmpty, !pseudo.path.isEmpty else { return .pseudoMissing }
        return checkScheme() ?? checkPath() ?? checkHost()
    }

    /// Section 8.5: only `:method` and `:authority`.
    private func checkConnect() -> HTTP2Fault? {
        pseudo.seen == [.method, .authority] ? checkHost() : .connectForm
    }

    private func checkScheme() -> HTTP2Fault? {
        let scheme = bytes(pseudo.scheme)
        for (index, byte) in scheme.enumerated() {
            let isLetter = (byte | 0x20) &- 0x61 < 26
            let isOther = ByteClass.isDigit(byte) || byte == 0x2B || byte == 0x2D || byte == 0x2E
            guard isLetter || (index > 0 && isOther) else { return .scheme }
        }
        return nil
    }

    /// Begins with `/`, or is `*` for OPTIONS; what else it may be is decided where HTTP/1's is.
    private func checkPath() -> HTTP2Fault? {
        let path = bytes(pseudo.path)
        for byte in path where !ByteClass.isVisible(byte) { return .path }
        if path[0] == 0x2F { return nil }
        return path.isEqual("*") && bytes(pseudo.method).isEqual("OPTIONS") ? nil : .path
    }

    /// `host`, if there besides `:authority`, names the same (section 8.3.1).
    private func checkHost() -> HTTP2Fault? {
        guard pseudo.seen.contains(.authority), !pseudo.host.isEmpty else { return nil }
        return readable.bytes.span.equalsFolded(pseudo.host, pseudo.authority) ? nil : .authority
    }
}
