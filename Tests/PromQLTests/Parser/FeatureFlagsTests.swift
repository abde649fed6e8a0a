import PromQL
import Testing

@Suite struct FeatureFlagsTests {
    @Test func `lists of names are split at commas and unknown names are told`() {
        var unknown: [String] = []
        let flags = FeatureFlags(
            lists: ["promql-experimental-functions,nonsense", "", "promql-duration-expr,,st-storage"]
        ) { unknown.append($0) }
        #expect(flags == [.experimentalFunctions, .startTimestamps])
        #expect(unknown == ["nonsense"])
        #expect(FeatureFlags.knownNames.contains("promql-binop-fill-modifiers"))
    }

    @Test(arguments: [
        (
            "sort_by_label(a, \"b\")", "1:1: parse error: function \"sort_by_label\" is not enabled",
            "experimental-functions"
        ),
        (
            "limitk(2, a)",
            "1:1: parse error: limitk() is experimental and must be enabled with "
                + "--enable-feature=promql-experimental-functions", "experimental-functions"
        ),
        (
            "rate(a[5m] anchored)", "1:6: parse error: anchored modifier is experimental and not enabled",
            "extended-range-selectors"
        ),
        (
            "a smoothed", "1:1: parse error: smoothed modifier is experimental and not enabled",
            "extended-range-selectors"
        ),
        (
            "a + fill(0) b", "1:1: parse error: binop fill modifiers are experimental and not enabled",
            "binop-fill-modifiers"
        ),
    ])
    func `what a feature guards is refused without it and accepted with it`(
        text: String, message: String, feature: String
    ) throws {
        let error = #expect(throws: PromQLError.self) { try Parser.parse(text) }
        #expect(error?.description == message)
        let flags = FeatureFlags(lists: ["promql-" + feature]) { Issue.record("unknown \($0)") }
        #expect(throws: Never.self) { try Parser.parse(text, options: ParserOptions(features: flags)) }
        #expect(throws: PromQLError.self) {
            try Parser.parse(text, options: ParserOptions(features: FeatureFlags(rawValue: ~flags.rawValue & 63)))
        }
    }
}
