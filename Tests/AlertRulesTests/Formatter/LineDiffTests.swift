import TestSupport
import Testing

@testable import AlertRules

@Suite struct LineDiffTests {
    @Test func `a difference is shown with three lines around it, as diff -u shows it`() {
        let old = (1...12).map { "\($0)\n" }.joined()
        let new = old.replacing("6\n", with: "six\nseven\n") + "end"
        let expected = """
            --- f
            +++ f
            @@ -3,10 +3,12 @@
             3
             4
             5
            -6
            +six
            +seven
             7
             8
             9
             10
             11
             12
            +end
            \\ No newline at end of file

            """
        #expect(LineDiff.unified(old, new, path: "f") == expected)
        #expect(LineDiff.unified(old, old, path: "f").isEmpty)
    }

    @Test func `many changes are shown one by one where names lie between, and as one where nothing does`() {
        let old = (1...8_000).map { "name: \($0)\nexpr: a\n" }.joined()
        let diff = LineDiff.unified(old, old.replacing("expr: a", with: "expr: b"), path: "f")
        #expect(diff.count { $0 == "\n" } == 2 + 1 + 8_000 * 3)
        #expect(diff.hasPrefix("--- f\n+++ f\n@@ -1,16000 +1,16000 @@\n name: 1\n-expr: a\n+expr: b\n name: 2\n"))
        let (left, right) = (String(repeating: "a\nb\n", count: 8_000), String(repeating: "c\n", count: 8_000))
        #expect(LineDiff.unified(left, right, path: "f").hasPrefix("--- f\n+++ f\n@@ -1,16000 +1,8000 @@\n-a\n-b\n"))
    }

    @Test func `what is kept of random lines is the same in both texts`() {
        var random = SeededGenerator.forTest()
        for size in [10, 300, 3_000] {
            let lines = (0..<size).map { _ in "\(Int.random(in: 0..<size * 2, using: &random))\n"[...] }
            var changed = lines
            for _ in 0..<size / 3 {
                changed.remove(at: Int.random(in: 0..<changed.count, using: &random))
                let moved = lines[Int.random(in: 0..<size, using: &random)]
                changed.insert(moved, at: Int.random(in: 0...changed.count, using: &random))
            }
            let matching = LineMatching(lines, changed)
            let old = zip(lines, matching.keptOld).filter(\.1).map(\.0)
            let new = zip(changed, matching.keptNew).filter(\.1).map(\.0)
            #expect(old == new)
            #expect(old.count > size / 4)
        }
    }
}
