import Testing
import TimeSeries

@Suite struct LabelsTests {
    @Test func `labels are sorted and empty values are absent`() {
        let labels = Labels([("b", "2"), ("a", ""), ("__name__", "up"), ("c", "3"), ("c", "4")])
        #expect(labels.pairs.map(\.name) == ["__name__", "b", "c"])
        #expect(labels["c"] == "4")
        #expect(labels["a"] == "")
        #expect(labels.description == "up{b=\"2\", c=\"4\"}")
        #expect(labels.bracedDescription == "{__name__=\"up\", b=\"2\", c=\"4\"}")
    }

    @Test func `equal sets are equal whatever order they were given in`() {
        let left = Labels([("a", "1"), ("b", "2")])
        let right = Labels([("b", "2"), ("a", "1")])
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        #expect(Set([left, right]).count == 1)
    }

    @Test func `values are bytes and not canonically equivalent text`() {
        let composed = Labels([("a", "\u{e9}")])
        let decomposed = Labels([("a", "e\u{301}")])
        #expect(composed != decomposed)
        #expect(composed > decomposed)
    }

    @Test func `setting, dropping and keeping make new sets`() {
        let labels = Labels([("a", "1"), ("b", "2"), ("d", "4")])
        #expect(labels.setting("c", "3") == Labels([("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]))
        #expect(labels.setting("b", "") == labels.dropping("b"))
        #expect(labels.setting("e", "5")["e"] == "5")
        #expect(labels.keeping(["a", "x"]) == Labels([("a", "1")]))
        #expect(labels.dropping(["x"]) == labels)
    }

    @Test func `order is by label and a prefix comes first`() {
        let names = ["a", "a1", "b"].map { Labels([("__name__", $0)]) }
        #expect(names.sorted() == names)
        #expect(Labels([("a", "1")]) < Labels([("a", "1"), ("b", "1")]))
        #expect(Labels() < Labels([("a", "1")]))
    }

    @Test func `names that are no identifiers are quoted`() {
        #expect(Labels([("__name__", "my metric"), ("a.b", "x\n\"")]).description == #"{"my metric", "a.b"="x\n\""}"#)
    }
}
