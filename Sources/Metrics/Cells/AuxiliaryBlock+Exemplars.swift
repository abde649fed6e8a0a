import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The exemplars in a child's block; all but the lock itself needs the lock.
extension AuxiliaryBlock {
    func tryLock() -> Bool {
        words[Word.lock].compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged
    }

    func unlock() { words[Word.lock].store(0, ordering: .releasing) }

    private func slot(_ number: Int) -> UnsafeMutablePointer<Atomic<UInt64>>? {
        guard number >= 0, number < slots else { return nil }
        return words + Word.exemplars + number * ExemplarSlot.wordCount
    }

    /// Writes a slot.
    func put(_ exemplar: Exemplar, of value: Double, millis: Int64, at number: Int) {
        guard let slot = slot(number) else { return }
        let form = exemplar.form.rawValue << 32 | UInt64(AuxiliaryBlock.place(of: value).bitPattern)
        slot[ExemplarSlot.value].store(value.bitPattern, ordering: .relaxed)
        slot[ExemplarSlot.millis].store(UInt64(bitPattern: millis), ordering: .relaxed)
        slot[ExemplarSlot.form].store(form, ordering: .relaxed)
        for word in 0..<7 { slot[ExemplarSlot.labels + word].store(exemplar.labels[word], ordering: .relaxed) }
    }

    /// Reads a slot.
    func get(_ number: Int) -> KeptExemplar? {
        guard let slot = slot(number) else { return nil }
        let millis = Int64(bitPattern: slot[ExemplarSlot.millis].load(ordering: .relaxed))
        guard millis != 0 else { return nil }
        return KeptExemplar(
            value: Double(bitPattern: slot[ExemplarSlot.value].load(ordering: .relaxed)), timestampMillis: millis,
            form: slot[ExemplarSlot.form].load(ordering: .relaxed) >> 32,
            labels: InlineArray { slot[ExemplarSlot.labels + $0].load(ordering: .relaxed) })
    }

    /// How long an exemplar of a native histogram is worth keeping for its place on the scale.
    static let maxAgeMillis: Int64 = 300_000

    /// When and where the exemplar of a native histogram was observed.
    private struct Mark {
        var millis: Int64
        var place: Float
    }

    /// Which of a native histogram's slots a new exemplar takes: an empty one; else that of the oldest if it is too
    /// old; else, of the two values closest to each other, that of the older one, which is never the new one.
    func slotToReplace(by value: Double, at now: Int64, first: Int) -> Int {
        let count = ExemplarSlot.nativeCount
        // Not an inline array: each look into one is a copy of it.
        return withUnsafeTemporaryAllocation(of: Mark.self, capacity: count + 1) { marks in
            var oldest = 0
            for number in 0..<count {
                let mark = mark(first + number)
                if mark.millis == 0 { return first + number }
                marks.initializeElement(at: number, to: mark)
                if mark.millis < marks[oldest].millis { oldest = number }
            }
            if now - marks[oldest].millis > AuxiliaryBlock.maxAgeMillis { return first + oldest }
            marks.initializeElement(at: count, to: Mark(millis: now, place: AuxiliaryBlock.place(of: value)))
            var closest = oldest
            var least = Float.infinity
            for number in 0..<count {
                for other in (number + 1)...count {
                    let distance = abs(marks[number].place - marks[other].place)
                    guard distance < least else { continue }
                    least = distance
                    closest = other < count && marks[other].millis < marks[number].millis ? other : number
                }
            }
            return first + closest
        }
    }

    private func mark(_ number: Int) -> Mark {
        guard let slot = slot(number) else { return Mark(millis: 0, place: 0) }
        let form = slot[ExemplarSlot.form].load(ordering: .relaxed)
        return Mark(
            millis: Int64(bitPattern: slot[ExemplarSlot.millis].load(ordering: .relaxed)),
            place: Float(bitPattern: UInt32(truncatingIfNeeded: form)))
    }

    /// Where a value lies on a logarithmic scale with zero in the middle.
    private static func place(of value: Double) -> Float {
        let magnitude = value.magnitude
        guard magnitude > 0 else { return 0 }
        let distance = magnitude.isFinite ? Float(log2(magnitude)) + 1100 : 2200
        return value < 0 ? -distance : distance
    }
}
