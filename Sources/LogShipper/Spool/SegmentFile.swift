/// An open segment for reading. A place that cannot be read is damage like any other, so reads answer nil.
final class SegmentFile {
    let path: String
    let size: Int64
    private let descriptor: Int32
    private let system: any StateFileSystem

    /// Nil where there is no such file.
    init?(_ path: String, system: any StateFileSystem) throws(SystemError) {
        guard let descriptor = try system.openForReading(path) else { return nil }
        do throws(SystemError) {
            size = try system.size(descriptor)
        } catch {
            system.close(descriptor)
            throw error
        }
        self.path = path
        self.descriptor = descriptor
        self.system = system
    }

    deinit { system.close(descriptor) }

    /// Up to `count` bytes, fewer only at the end.
    func bytes(at offset: Int64, count: Int) -> [UInt8]? {
        try? system.read(descriptor, at: offset, count: count)
    }
}
