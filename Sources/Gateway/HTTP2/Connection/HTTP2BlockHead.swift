/// What a HEADERS frame says besides its fields.
struct HTTP2BlockHead {
    var stream: UInt32
    var endStream: Bool
    /// By the deprecated priority signal; RFC 7540 section 5.3.1 made it an error of the stream.
    var dependsOnItself: Bool
}
