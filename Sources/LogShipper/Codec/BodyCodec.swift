/// Compresses one request body after another; belongs to one thread.
protocol BodyCodec: AnyObject {
    /// The value of `Content-Encoding`.
    var contentEncoding: String { get }
    /// What the codec is called in metrics and status, for example `isal-1`.
    var name: String { get }
    /// Appends the compressed form of `input` to `output`: for gzip exactly one member.
    func compress(_ input: UnsafeRawBufferPointer, into output: GrowableBytes) throws(CodecError)
}

/// A codec that failed; never expected, and never silent.
struct CodecError: Error, Equatable, CustomStringConvertible {
    var codec: String
    var code: Int32
    var description: String { "\(codec) failed with code \(code)" }
}
