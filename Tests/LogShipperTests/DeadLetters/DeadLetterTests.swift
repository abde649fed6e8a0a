import Foundation
import TestSupport
import Testing

@testable import LogShipper

@Suite("DeadLetter")
struct DeadLetterTests {
    static func letter(_ line: String, tenant: String = "acme", at offset: Int64 = 7, time: Int64 = 1) -> DeadLetter {
        DeadLetter(
            tenant: tenant, path: "/var/log/a \"b\".jsonl", offset: offset, status: 400, reason: "bad\n\u{1}é",
            wallNanos: time, line: Array(line.utf8))
    }

    private func parse(_ text: [UInt8]) -> DeadLetter? { text.withUnsafeBytes { DeadLetter.parse($0) } }

    @Test("what is written is read again, whatever bytes the line has")
    func roundTrip() {
        var generator = SeededGenerator.forTest()
        for _ in 0..<300 {
            var letter = Self.letter("", at: Int64(generator.int(0...1_000_000)))
            letter.line = (0..<generator.int(0...40)).map { _ in UInt8(generator.int(0...255)) }
            #expect(parse(Array(letter.encoded().dropLast())) == letter)
        }
    }

    @Test("a letter that is cut anywhere, or changed, is none; nothing traps")
    func damaged() {
        let text = Array(Self.letter("hello").encoded().dropLast())
        for count in text.indices { #expect(parse(Array(text[..<count])) == nil) }
        var generator = SeededGenerator.forTest()
        for _ in 0..<2000 {
            var broken = text
            broken[generator.int(0...text.count - 1)] = UInt8(generator.int(0...255))
            _ = parse(broken)
        }
    }

    @Test(
        "what is no letter of ours is refused",
        arguments: [
            "", "{}", "[]", "null", "{\"tenant\":\"a\"}",
            #"{"time_unix_nano":"-1","tenant":"a","path":"/a","offset":0,"status":0,"reason":"","line_base64":""}"#,
            #"{"time_unix_nano":"1","tenant":"a","path":"/a","offset":99999999999999999999,"status":0,"reason":"","line_base64":""}"#,
            #"{"time_unix_nano":"1","tenant":1,"path":"/a","offset":0,"status":0,"reason":"","line_base64":""}"#,
            #"{"time_unix_nano":"1","tenant":"a","path":"/a","offset":0,"status":0,"reason":"","line_base64":"A"}"#,
        ])
    func foreign(_ text: String) {
        #expect(parse(Array(text.utf8)) == nil)
    }

    @Test("unknown keys are passed over, and the order of keys does not matter")
    func later() {
        let text =
            #"{"later":[{"x":"]"}],"line_base64":"aGk=","reason":"r","status":400,"offset":1,"path":"/p","tenant":"t","time_unix_nano":5}"#
        #expect(parse(Array(text.utf8))?.line == Array("hi".utf8))
    }

    @Test("base64 reads only what it would write")
    func base64() {
        func decode(_ text: String) -> [UInt8]? {
            let bytes = Array(text.utf8)
            return bytes.withUnsafeBytes { Base64.decode($0) }
        }
        #expect(decode("") == [])
        #expect(decode("AAEC/w==") == [0, 1, 2, 255])
        for bad in ["A", "AA", "AAA", "A===", "====", "AA=A", "AB==", "AAB=", "AA==AAAA", "AA-_", "AA A"] {
            #expect(decode(bad) == nil, "\(bad)")
        }
    }
}

@Suite("DeadLetterReader")
struct DeadLetterReaderTests {
    @Test("torn and foreign lines are counted and skipped, a whole last line without its line feed is read")
    func torn() throws {
        let directory = try TemporaryDirectory("letters")
        let whole = String(decoding: DeadLetterTests.letter("x").encoded(), as: UTF8.self)
        try directory.write(
            whole + "{\"time_unix\n" + "\n" + whole + "noise\n" + whole.dropLast(), to: "a.jsonl")
        let reader = try DeadLetterReader(directory.file("a.jsonl"))
        var count = 0
        while try reader.next() != nil { count += 1 }
        #expect(count == 3)
        #expect(reader.skipped == 2)
        #expect(throws: SystemError.self) { try DeadLetterReader(directory.file("absent")) }
    }

    @Test("a line longer than any letter is skipped in bounded memory, and the next one is read")
    func endless() throws {
        let directory = try TemporaryDirectory("letters")
        let path = directory.file("a.jsonl")
        try directory.write("", to: "a.jsonl")
        let handle = try #require(FileHandle(forUpdatingAtPath: path))
        // Sparse: NULs that take no room on the disk.
        let length = UInt64(DeadLetterReader.maxLetterBytes) + 3_000_000
        try handle.truncate(atOffset: length)
        try handle.seek(toOffset: length)
        try handle.write(contentsOf: Data([0x0a] + DeadLetterTests.letter("x").encoded()))
        try handle.close()
        let reader = try DeadLetterReader(path)
        #expect(try reader.next()?.letter.line == [0x78])
        #expect(try reader.next() == nil)
        #expect(reader.skipped == 1)
    }
}
