import AlertRules
import Testing

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
}
