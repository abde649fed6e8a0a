import Exposition
import TestSupport
import Testing

@Suite("Escaping names")
struct NameEscapingTests {
    @Test(
        "each scheme writes names as Prometheus does",
        arguments: [
            ("no_change:1", "no_change:1", "no__change:1", "no_change:1"),
            ("http.status:sum", "http_status:sum", "http_dot_status:sum", "U__http_2e_status:sum"),
            ("label with 😱", "label_with__", "label__with____", "U__label_20_with_20__1f631_"),
            ("_a.b", "_a_b", "__a_dot_b", "U____a_2e_b"),
            ("0a", "_a", "__a", "U___30_a"),
            ("", "", "", ""),
            ("花火", "__", "____", "U___82b1__706b_"),
        ])
    func schemes(_ name: String, _ underscores: String, _ dots: String, _ values: String) {
        #expect(NameEscaping.allowUTF8.escape(metric: name) == name)
        #expect(NameEscaping.underscores.escape(metric: name) == underscores)
        #expect(NameEscaping.dots.escape(metric: name) == dots)
        #expect(NameEscaping.values.escape(metric: name) == values)
    }

    @Test("a label name holds no colon")
    func labels() {
        #expect(NameEscaping.underscores.escape(label: "a:b") == "a_b")
        #expect(NameEscaping.dots.escape(label: "a:b.c") == "a__b_dot_c")
        #expect(NameEscaping.values.escape(label: "a:b") == "U__a_3a_b")
        #expect(NameEscaping.allowUTF8.escape(label: "a:b") == "a:b")
    }

    @Test(
        "what no scheme wrote is left alone",
        arguments: [
            "U__a_", "U__a_2e", "U__a_zz_b", "U__a_0000000_b", "U__a_d800_b", "U__a_110000_b", "U_a_2e_b", "plain_name",
            "U__a_+1_b",
        ])
    func foreign(_ name: String) {
        #expect(NameEscaping.values.unescape(name) == name)
        #expect(NameEscaping.underscores.unescape(name) == name)
        #expect(NameEscaping.allowUTF8.unescape(name) == name)
    }

    @Test("random names come back from values, and from dots where they hold nothing else")
    func roundTrip() {
        var random = SeededGenerator.forTest()
        let anything = ["a", "_", "__", ".", "_dot_", "dot", "0", ":", "é", "🦆", " ", "U__", "_2e_", "\"", "\\"]
        for round in 0..<3000 {
            // The first character of a metric name with dots is a letter, or its digit would become `__`.
            let isPlain = round % 2 == 0
            let pieces = isPlain ? Array(anything[0...7]) : anything
            let name = "n" + (0..<random.int(0...8)).map { _ in pieces[random.int(0...pieces.count - 1)] }.joined()
            for escaping in NameEscaping.allCases where escaping != .allowUTF8 {
                #expect(MetricName.isValid(escaping.escape(metric: name)))
                #expect(MetricName.isValidLabel(escaping.escape(label: name)))
            }
            // A name that is legal and looks escaped is not told apart; Prometheus's scheme has it so.
            if !name.hasPrefix("U__") {
                let escaped = NameEscaping.values.escape(metric: name)
                #expect(NameEscaping.values.unescape(escaped) == name)
            }
            if isPlain {
                let escaped = NameEscaping.dots.escape(metric: name)
                #expect(NameEscaping.dots.unescape(escaped) == name)
            }
        }
    }
}
