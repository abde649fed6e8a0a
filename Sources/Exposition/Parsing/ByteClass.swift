/// What a byte may be in a line, one lookup per byte.
enum ByteClass {
    static let nameStart: UInt8 = 1
    static let digit: UInt8 = 2
    static let colon: UInt8 = 4
    /// What ends a run of plain text in quotes: quote, backslash, line feed.
    static let quotedStop: UInt8 = 8
    /// What ends a token: blank, tab, line feed.
    static let blank: UInt8 = 16

    /// The classes of all bytes on top of `@`, so that the table is constant text.
    private static let table: StaticString = """
        @@@@@@@@@PX@@@@@@@@@@@@@@@@@@@@@P@H@@@@@@@@@@@@@BBBBBBBBBBD@@@@@\
        @AAAAAAAAAAAAAAAAAAAAAAAAAA@H@@A@AAAAAAAAAAAAAAAAAAAAAAAAAA@@@@@\
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
        """

    /// True when `byte` is in one of `classes`.
    @inline(__always)
    static func contains(_ byte: UInt8, _ classes: UInt8) -> Bool { table.utf8Start[Int(byte)] & classes & 0x1F != 0 }
}
