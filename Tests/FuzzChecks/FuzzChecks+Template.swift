import AlertRules

extension FuzzChecks {
    /// A template: execution ends, and the output keeps to its limit.
    public static func template(_ bytes: [UInt8]) -> String? {
        guard let template = try? Template(text(bytes), name: "fuzz") else { return nil }
        let samples = [
            TemplateSample(labels: ["__name__": "up", "instance": "a:1"], value: 1),
            TemplateSample(labels: ["__name__": "up", "instance": "b:2"], value: .nan),
        ]
        let environment = TemplateEnvironment(timestampMillis: 1_700_000_000_123, externalURL: "http://x/y") { query in
            query.utf8.count % 2 == 0 ? samples : []
        }
        var limits = TemplateLimits()
        limits.outputBytes = 1024
        limits.steps = 1000
        let output = try? template.expand(
            samples[0], externalLabels: ["dc": "<é>"], environment: environment, limits: limits)
        if let output, !template.isConstant, output.utf8.count > limits.outputBytes {
            return "\(output.utf8.count) bytes written"
        }
        _ = (template.usesQuery, template.followsFromLabels, template.namedLabels)
        return nil
    }
}
