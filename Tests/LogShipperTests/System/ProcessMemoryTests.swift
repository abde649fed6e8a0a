import Testing

@testable import LogShipper

@Suite("What the process gives back")
struct ProcessMemoryTests {
    private func ranges(_ text: String) -> [Range<UInt>] {
        var scan = MappingScan()
        return text.split(separator: "\n").compactMap { line in
            (String(line) + "\n").utf8CString.withUnsafeBufferPointer { bytes in
                scan.take(UnsafeBufferPointer(rebasing: bytes.dropLast()))
            }
        }
    }

    private func mapping(
        _ permissions: String = "r-xp", path: String = " /usr/bin/x", anonymous: String = "0",
        range: String = "55d3c07cb000-55d3c1797000"
    ) -> String {
        """
        \(range) \(permissions) 00a1 08:01 123                \(path)
        Size:              16176 kB
        Rss:                4096 kB
        Anonymous:             \(anonymous) kB
        AnonHugePages:         0 kB
        VmFlags: rd ex mr mw me

        """
    }

    @Test("mappings of files that nobody has changed are found, and no others")
    func mappings() {
        let here: Range<UInt> = 0x55d3_c07c_b000..<0x55d3_c179_7000
        #expect(ranges(mapping()) == [here])
        #expect(ranges(mapping("r--p")) == [here])
        // The linker has relocated pages of it.
        #expect(ranges(mapping("r--p", anonymous: "4")) == [])
        for permissions in ["rw-p", "rwxp", "---p", "r--s"] { #expect(ranges(mapping(permissions)) == []) }
        for path in ["", " [vdso]", " [heap]"] { #expect(ranges(mapping(path: path)) == []) }
        for range in ["1-", "-", "x-y", "2-1", ""] { #expect(ranges(mapping(range: range)) == []) }
        #expect(ranges(mapping(anonymous: "4") + mapping("rw-p") + mapping() + mapping("r--p")) == [here, here])
        #expect(ranges("Anonymous: 0 kB\nAnonymous:\n\n") == [])
    }

    @Test("the program goes on after everything was given back")
    func release() {
        ProcessMemory.releaseStartup()
        #expect("\(mapping().count)".count == 3)
    }
}
