#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Runs code on a thread whose stack is filled with a pattern first, to see how much of it the code needs.
public enum MeasuredStack {
    private static let size = 4 << 20
    private static let pattern: UInt64 = 0xA5A5_A5A5_A5A5_A5A5

    private final class Work {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    /// The bytes of stack that `body` touched.
    public static func bytes(_ body: @escaping () -> Void) -> Int {
        let stack = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 1 << 16)
        defer { stack.deallocate() }
        let words = stack.initializeMemory(as: UInt64.self, repeating: pattern, count: size / 8)
        let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
        pthread_attr_init(attributes)
        defer {
            pthread_attr_destroy(attributes)
            attributes.deallocate()
        }
        precondition(pthread_attr_setstack(attributes, stack, size) == 0)
        let work = Unmanaged.passRetained(Work(body)).toOpaque()
        #if canImport(Darwin)
        var thread: pthread_t?
        let start: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = {
            Unmanaged<Work>.fromOpaque($0).takeRetainedValue().body()
            return nil
        }
        precondition(pthread_create(&thread, attributes, start, work) == 0)
        if let thread { pthread_join(thread, nil) }
        #else
        var thread = pthread_t()
        let start: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { work in
            if let work { Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body() }
            return nil
        }
        precondition(pthread_create(&thread, attributes, start, work) == 0)
        pthread_join(thread, nil)
        #endif
        var untouched = 0
        while untouched < size / 8, words[untouched] == pattern { untouched += 1 }
        return size - untouched * 8
    }
}
