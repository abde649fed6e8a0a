/// Sizes beyond which a message is refused, in bytes unless the name says otherwise.
public struct MessageLimits: Sendable, Equatable {
    /// Start line and header section together; more is 431.
    public var headBytes: Int
    /// One header line, name and value; more is 431.
    public var fieldBytes: Int
    /// Header lines; more is 431.
    public var fields: Int
    /// The request target; more is 414.
    public var uriBytes: Int
    /// The decoded request body; more is 413.
    public var bodyBytes: Int

    /// 16 KiB, 8 KiB, 100, 8 KiB, 16 MiB.
    public init(
        headBytes: Int = 16_384,
        fieldBytes: Int = 8_192,
        fields: Int = 100,
        uriBytes: Int = 8_192,
        bodyBytes: Int = 16_777_216
    ) {
        self.headBytes = headBytes
        self.fieldBytes = fieldBytes
        self.fields = fields
        self.uriBytes = uriBytes
        self.bodyBytes = bodyBytes
    }
}
