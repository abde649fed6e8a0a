import Testing

@testable import LogShipper

@Suite("Resumption")
struct ResumptionTests {
    private func remember(_ content: [UInt8], front: Int, inode: UInt64 = 1, path: String = "/a") -> RememberedFile {
        RememberedFile(
            identity: FileIdentity(device: 1, inode: inode), path: path, fingerprint: Fingerprint(head: content),
            front: Int64(front), marker: Marker(content[..<front]), isInsideLongLine: false, pending: [:],
            lastSeenSeconds: 0)
    }

    private func decide(
        _ content: [UInt8], _ remembered: [RememberedFile], inode: UInt64 = 1, path: String = "/a"
    ) -> Resumption.Decision {
        Resumption(
            identity: FileIdentity(device: 1, inode: inode), path: path, size: Int64(content.count),
            head: Array(content.prefix(Fingerprint.maxBytes))
        ) { offset, count in
            let end = Int(offset)
            return end <= content.count && end >= count ? Marker(content[(end - count)..<end]) : nil
        }.decide(remembered: remembered)
    }

    private func content(_ count: Int, _ salt: UInt8 = 0) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 251) &+ salt }
    }

    @Test("case 37: a file that grew is the same file, from ten bytes to a megabyte")
    func growth() {
        let small = content(10)
        let remembered = remember(small, front: 10)
        #expect(decide(small + content(1 << 20, 9), [remembered]) == .resume(remembered))
    }

    @Test("a file never seen is fresh; an inode with other content is replaced")
    func inodeReuse() {
        let remembered = remember(content(500), front: 500)
        #expect(decide(content(500, 1), [], inode: 2) == .fresh)
        #expect(decide(content(600, 1), [remembered]) == .replaced)
        #expect(decide(content(600, 1), [remembered], inode: 2, path: "/b") == .fresh)
    }

    @Test("truncated and outgrown: the same head does not hide that the bytes before the offset changed")
    func outgrown() {
        let preamble = content(2000)
        let remembered = remember(preamble + content(3000, 3), front: 5000)
        #expect(decide(preamble + content(4000, 4), [remembered]) == .replaced)
        #expect(decide(preamble, [remembered]) == .replaced)
    }

    @Test("case 39: a replacement by rename with the same beginning goes on, another starts anew")
    func replacement() {
        let old = content(1000)
        let remembered = remember(old, front: 1000)
        #expect(decide(old + content(10, 1), [remembered], inode: 9) == .resume(remembered))
        #expect(decide(content(2000, 1), [remembered], inode: 9) == .fresh)
    }

    @Test("the copy that copytruncate leaves is not read again from the start; short equal files are different files")
    func copies() {
        let old = content(1000)
        let remembered = remember(old, front: 900)
        #expect(decide(old, [remembered], inode: 9, path: "/a.1") == .resume(remembered))
        let tiny = remember(content(20), front: 20)
        #expect(decide(content(20), [tiny], inode: 9, path: "/b") == .fresh)
    }

    @Test("what is named as a copy and shorter than its original is still being written")
    func unfinishedCopy() {
        let old = content(2000)
        let remembered = remember(old, front: 2000)
        #expect(decide(content(1000), [remembered], inode: 9, path: "/a.1") == .unfinishedCopy)
        #expect(decide(old, [remembered], inode: 9, path: "/a.1") == .resume(remembered))
        #expect(decide(content(1000), [remembered], inode: 9, path: "/b") == .fresh)
    }

    @Test("case 38: a common preamble alone does not make two files one")
    func preamble() {
        let preamble = content(4096)
        let remembered = remember(preamble + content(500, 5), front: 4596)
        #expect(decide(preamble + content(800, 6), [remembered], inode: 9, path: "/a.2") == .fresh)
        #expect(decide(preamble, [remembered], inode: 9, path: "/b") == .fresh)
    }
}
