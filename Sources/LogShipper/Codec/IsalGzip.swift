import CCodecs

/// gzip by ISA-L, where `libisal.so.2` is found at run time.
final class IsalGzip: BodyCodec {
    let contentEncoding = "gzip"
    let name: String
    private let codec: OpaquePointer

    /// Returns nil where the library is missing.
    init?(level: Int32) {
        guard gatehouse_isal_available() != 0, let codec = gatehouse_isal_create(level) else { return nil }
        self.codec = codec
        name = "isal-\(level)"
    }

    deinit {
        gatehouse_isal_destroy(codec)
    }

    func begin() { gatehouse_isal_begin(codec) }

    func feed(_ part: UnsafeRawBufferPointer, isLast: Bool, into output: GrowableBytes) throws(CodecError) {
        let start = part.baseAddress?.assumingMemoryBound(to: UInt8.self)
        var consumed = 0
        // Every call that is not the last must make progress, or the codec is broken and must not spin here.
        var idleCalls = 0
        while isLast || consumed < part.count {
            let left = part.count - consumed
            let room = left / 3 + 1024
            let target = output.room(room).assumingMemoryBound(to: UInt8.self)
            var produced = 0
            let before = consumed
            let state = gatehouse_isal_run(
                codec, start.map { $0 + consumed }, left, isLast ? 1 : 0, target, room, &consumed, &produced)
            guard state >= 0, consumed <= part.count, produced <= room else {
                throw CodecError(codec: "isal", code: state)
            }
            output.count += produced
            if state == 1 { return }
            idleCalls = consumed == before && produced == 0 ? idleCalls + 1 : 0
            if idleCalls > 2 { throw CodecError(codec: "isal", code: -2) }
        }
    }
}
