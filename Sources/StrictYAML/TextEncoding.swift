/// What files of text are written in; we read UTF-8 only.
public enum TextEncoding {
    /// About bytes that are no UTF-8, and nothing else that can be told.
    public static let invalid = "the file isn't valid UTF-8"

    /// Why bytes are refused that are visibly UTF-16 or UTF-32: by their mark, or by a NUL in the first character;
    /// nil when they may be UTF-8.
    public static func refusal(of bytes: some Collection<UInt8>) -> String? {
        let head = Array(bytes.prefix(4))
        guard head.count >= 2 else { return nil }
        let name: String
        switch (head[0], head[1]) {
        case (0xff, 0xfe), (0xfe, 0xff): name = head.count == 4 && head[2] == 0 && head[3] == 0 ? "UTF-32" : "UTF-16"
        case (0, 0): name = "UTF-32"
        case (0, _), (1..., 0): name = head.count == 4 && head[2] == 0 && head[3] == 0 ? "UTF-32" : "UTF-16"
        default: return nil
        }
        return "the file is \(name), not UTF-8: save it as UTF-8"
    }
}
