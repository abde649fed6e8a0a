import Exposition
import Testing

@Suite("What is no exposition")
struct ForeignContentTests {
    @Test("gzip is told by its first two bytes")
    func gzip() {
        #expect(ForeignContent(beginning: [0x1f, 0x8b, 8, 0]) == .gzip)
        #expect(ForeignContent(beginning: [0x1f]) == nil)
        #expect(ForeignContent(beginning: []) == nil)
    }

    @Test("zstd and UTF-16 are told by their first bytes")
    func others() {
        #expect(ForeignContent(beginning: [0x28, 0xb5, 0x2f, 0xfd]) == .zstd)
        for bytes in [[0xff, 0xfe, 0x23, 0], [0xfe, 0xff, 0, 0x23], [0x23, 0, 0x20, 0], [0, 0x23, 0, 0x20]] as [[UInt8]]
        {
            #expect(ForeignContent(beginning: bytes) == .utf16)
        }
        #expect(ForeignContent(beginning: [0xff, 0xfe, 1, 10]) == nil)
    }

    @Test("an error of a line with a carriage return or a byte order mark says so")
    func foreignBytes() {
        for (text, end) in [
            ("a 1\r\n", "carriage return"), ("# EOF\r\n", "carriage return"), ("\u{feff}a 1\n", "byte order mark"),
            ("\u{feff}# EOF\n", "byte order mark"),
        ] {
            let error = #expect(throws: ExpositionError.self) {
                try ExpositionParser.parse(Array(text.utf8), mode: .openMetrics)
            }
            #expect(error?.message.hasSuffix(end) == true, "\(text) \(String(describing: error))")
        }
    }

    @Test("HTML is told in any case, behind blanks and a byte order mark")
    func html() {
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        for text in ["<!DOCTYPE html>", "<!doctype html>\n<html>", "<html lang=\"en\">", "\r\n\t <HTML>"] {
            #expect(ForeignContent(beginning: Array(text.utf8)) == .html)
            #expect(ForeignContent(beginning: mark + Array(text.utf8)) == .html)
        }
    }

    @Test(
        "what may be metrics is left to the parsers",
        arguments: ["# HELP a <html>", "a 1", "<a>", "<!--", "{\"a\"} 1", " a 1"])
    func metrics(_ text: String) {
        #expect(ForeignContent(beginning: Array(text.utf8)) == nil)
    }
}
