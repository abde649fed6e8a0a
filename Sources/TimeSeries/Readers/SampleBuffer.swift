#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A series' samples in the order in which they came: a value takes 8 bytes, a time one or two.
///
/// A time is the difference to the time before, less the difference before that, in a variable number of bytes; all
/// arithmetic wraps and so undoes itself. The memory is managed by hand: whoever holds the buffer calls
/// ``deallocate()``. Hot path of reading text; measured by `scripts/bench rules` (Data in).
struct SampleBuffer {
    private var values: UnsafeMutablePointer<Double>?
    private var times: UnsafeMutablePointer<UInt8>?
    private(set) var count = 0
    private var valueCapacity = 0
    private var timeBytes = 0
    private var timeCapacity = 0
    private(set) var lastTime: Int64 = 0
    private var lastDelta: Int64 = 0

    /// The longest time.
    private static let mostTimeBytes = 10

    @inline(__always)
    mutating func append(_ time: Int64, _ value: Double) {
        if count == valueCapacity || timeBytes &+ SampleBuffer.mostTimeBytes > timeCapacity { grow() }
        guard let values, let times else { return }
        values[count] = value
        count &+= 1
        let delta = time &- lastTime
        let change = delta &- lastDelta
        (lastTime, lastDelta) = (time, delta)
        // Small changes of either sign become small numbers.
        var rest = UInt64(bitPattern: (change << 1) ^ (change >> 63))
        while rest >= 0x80 {
            times[timeBytes] = UInt8(truncatingIfNeeded: rest) | 0x80
            timeBytes &+= 1
            rest >>= 7
        }
        times[timeBytes] = UInt8(truncatingIfNeeded: rest)
        timeBytes &+= 1
    }

    /// Half as much again of what is full.
    @inline(never)
    private mutating func grow() {
        if count == valueCapacity {
            valueCapacity += valueCapacity / 2 + 4
            let bytes = realloc(values, valueCapacity * MemoryLayout<Double>.stride)
            values = bytes?.assumingMemoryBound(to: Double.self)
        }
        if timeBytes + SampleBuffer.mostTimeBytes > timeCapacity {
            timeCapacity += timeCapacity / 2 + 2 * SampleBuffer.mostTimeBytes
            times = realloc(times, timeCapacity)?.assumingMemoryBound(to: UInt8.self)
        }
    }

    /// Writes all times, `count` of them.
    ///
    /// - Returns: whether they ascend strictly.
    func readTimes(into out: UnsafeMutableBufferPointer<Int64>) -> Bool {
        guard let times, out.count >= count else { return count == 0 }
        var (place, time, delta): (Int, Int64, Int64) = (0, 0, 0)
        var ascends = true
        for sample in 0..<count {
            var (rest, shift): (UInt64, UInt64) = (0, 0)
            while times[place] >= 0x80 {
                rest |= UInt64(times[place] & 0x7f) &<< shift
                shift &+= 7
                place &+= 1
            }
            rest |= UInt64(times[place]) &<< shift
            place &+= 1
            delta &+= Int64(bitPattern: rest >> 1) ^ -Int64(bitPattern: rest & 1)
            let next = time &+ delta
            if sample > 0, next <= time { ascends = false }
            time = next
            out[sample] = time
        }
        return ascends
    }

    /// The values, valid until the next change.
    var allValues: UnsafeBufferPointer<Double> { UnsafeBufferPointer(start: values, count: count) }

    /// Frees the memory; the buffer is empty again.
    mutating func deallocate() {
        free(values)
        free(times)
        self = SampleBuffer()
    }
}
