#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

// Hot path for tenants with rules for fields: `step` runs once a key.
// Invariant: path `n` is `lengths[n]` bytes from `starts[n]` in `bytes`.

/// Dotted paths that are followed all at once while a line's keys go by.
///
/// A place on the way is, for each path, how many of its bytes the keys so far have used up; -1 where they differ. A key
/// may hold points itself, as programs that flatten their fields write them.
struct FieldPaths {
    private let bytes: [UInt8]
    private let starts: [Int]
    private let lengths: [Int]
    private let names: [String]

    init(_ paths: [String]) {
        names = Array(paths.prefix(TenantRules.maxPaths))
        bytes = names.flatMap { Array($0.utf8) }
        lengths = names.map(\.utf8.count)
        var starts: [Int] = []
        var place = 0
        for length in lengths {
            starts.append(place)
            place += length
        }
        self.starts = starts
    }

    var count: Int { lengths.count }

    func index(of path: String) -> Int? { names.firstIndex { $0.utf8.elementsEqual(path.utf8) } }

    /// Goes from the places of an object to those below one of its keys.
    ///
    /// - Returns: a bit for each path that ends here.
    func step(
        _ key: UnsafeRawBufferPointer, from: UnsafePointer<Int32>, to: UnsafeMutablePointer<Int32>
    ) -> UInt64 {
        var reached: UInt64 = 0
        for path in 0..<count {
            to[path] = -1
            let used = Int(from[path])
            let rest = lengths[path] - used
            guard used >= 0, rest >= key.count, equal(key, starts[path] + used) else { continue }
            if rest == key.count {
                reached |= 1 << UInt64(path)
            } else if bytes[starts[path] + used + key.count] == UInt8(ascii: ".") {
                to[path] = Int32(used + key.count + 1)
            }
        }
        return reached
    }

    private func equal(_ key: UnsafeRawBufferPointer, _ place: Int) -> Bool {
        bytes.withUnsafeBytes { bytes in
            guard let base = key.baseAddress, let other = bytes.baseAddress else { return key.isEmpty }
            return memcmp(base, other + place, key.count) == 0
        }
    }
}
