import Testing

@testable import LogShipper

@Suite("memory of the process")
struct ProcessMemoryTests {
    @Test("only executable mappings of files that nobody writes are given back")
    func ranges() {
        let line = "55d3c07cb000-55d3c1797000 r-xp 0017e000 fe:00 1234                       /usr/bin/log-shipper"
        #expect(ProcessMemory.executableRange(line) == 0x55d3_c07c_b000..<0x55d3_c179_7000)
        #expect(ProcessMemory.executableRange(line.replacing("r-xp", with: "r--p")) == nil)
        #expect(ProcessMemory.executableRange(line.replacing("r-xp", with: "rwxp")) == nil)
        #expect(ProcessMemory.executableRange("7ffd1000-7ffd2000 r-xp 00000000 00:00 0   [vdso]") == nil)
        #expect(ProcessMemory.executableRange("7ffd1000-7ffd2000 r-xp 00000000 00:00 0") == nil)
        #expect(ProcessMemory.executableRange("") == nil)
        #expect(ProcessMemory.executableRange("7ffd-1 r-xp 0 0 0 /x") == nil)
    }

    @Test("the process goes on after they were given back")
    func release() {
        ProcessMemory.releaseStartupCode()
    }
}
