/// The contract's error body.
public enum ErrorBody {
    /// `{"code":"…","message":"…","request_id":"…"}`.
    public static func bytes(code: ErrorCode, message: String, requestID: String) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(96 + message.utf8.count + requestID.utf8.count)
        out += #"{"code":""#.utf8
        out += code.rawValue.utf8
        out += #"","message":""#.utf8
        appendEscaped(message, to: &out)
        out += #"","request_id":""#.utf8
        appendEscaped(requestID, to: &out)
        out += #""}"#.utf8
        return out
    }

    private static func appendEscaped(_ text: String, to out: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                out.append(UInt8(ascii: "\\"))
                out.append(byte)
            case 0..<32:
                out += "\\u00".utf8
                out.append(UInt8(ascii: "0") &+ (byte >> 4))
                let low = byte & 15
                out.append(low < 10 ? UInt8(ascii: "0") &+ low : UInt8(ascii: "a") &+ (low &- 10))
            default:
                out.append(byte)
            }
        }
    }
}
