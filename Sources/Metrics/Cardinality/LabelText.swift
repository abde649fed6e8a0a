/// Which bytes can be a label value.
enum LabelText {
    /// UTF-8 and not empty. Different bytes must never be one label value, as two invalid ones would be after repair.
    @inline(__always)
    static func isValid(_ value: UnsafeRawBufferPointer) -> Bool {
        var position = 0
        var bits: UInt64 = 0
        while position &+ 8 <= value.count {
            bits |= value.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            position &+= 8
        }
        while position < value.count {
            bits |= UInt64(value[position])
            position &+= 1
        }
        if bits & 0x8080_8080_8080_8080 == 0 { return !value.isEmpty }
        return String(decoding: value, as: UTF8.self).utf8.elementsEqual(value)
    }
}
