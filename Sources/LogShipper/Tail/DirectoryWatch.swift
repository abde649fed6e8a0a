#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// inotify on the inputs' directories, only as a hint that it is worth looking now. Whatever it misses (a full queue, no
/// watches left, a network file system) the next rescan finds.
final class DirectoryWatch {
    /// What changed since the last call.
    struct Hints: Equatable {
        /// Names of files that were written.
        var written: Set<String> = []
        /// Something was created, renamed or deleted, or hints were lost.
        var needsScan = false
    }

    private static let maxReads = 64

    /// -1 where inotify is not to be had.
    let descriptor: Int32
    private var directoryOf: [Int32: String] = [:]
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 << 10, alignment: 8)

    /// - Parameter descriptor: an inotify instance that this takes over, or -1 to go without
    init(descriptor: Int32 = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))) {
        self.descriptor = descriptor
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        buffer.deallocate()
    }

    /// Watches a directory; one that is missing is tried again with the next scan. Returns whether it was
    /// watched already, so that nothing that happened since the last call was missed.
    @discardableResult
    func watch(_ directory: String) -> Bool {
        guard descriptor >= 0 else { return false }
        let mask = UInt32(
            IN_MODIFY | IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF)
        let watch = inotify_add_watch(descriptor, directory, mask)
        guard watch >= 0 else { return false }
        return directoryOf.updateValue(directory, forKey: watch) == directory
    }

    func takeHints() -> Hints {
        var hints = Hints()
        guard descriptor >= 0, let base = buffer.baseAddress else { return hints }
        // Whoever writes faster than this reads must not keep it here.
        for _ in 0..<DirectoryWatch.maxReads {
            let got = retryingInterrupts { read(descriptor, base, buffer.count) }
            guard got > 0 else { break }
            parse(UnsafeRawBufferPointer(rebasing: buffer[0..<got]), &hints)
        }
        return hints
    }

    private func parse(_ bytes: UnsafeRawBufferPointer, _ hints: inout Hints) {
        let headerBytes = MemoryLayout<inotify_event>.size
        var index = 0
        while bytes.count - index >= headerBytes {
            let event = bytes.loadUnaligned(fromByteOffset: index, as: inotify_event.self)
            let nameBytes = Int(event.len)
            guard bytes.count - index - headerBytes >= nameBytes else { return }
            let name = bytes[(index + headerBytes)..<(index + headerBytes + nameBytes)].prefix { $0 != 0 }
            index += headerBytes + nameBytes
            hints.note(mask: event.mask, directory: directoryOf[event.wd]) { String(decoding: name, as: UTF8.self) }
            if event.mask & UInt32(IN_IGNORED) != 0 { directoryOf[event.wd] = nil }
        }
    }
}

extension DirectoryWatch.Hints {
    /// One event. The system sends one without a directory where it has lost some.
    mutating func note(mask: UInt32, directory: String?, name: () -> String) {
        guard mask & UInt32(IN_MODIFY) != 0, let directory else {
            needsScan = true
            return
        }
        written.insert(directory == "/" ? "/\(name())" : "\(directory)/\(name())")
    }
}
