import Exposition
import Locking

extension MetricsRegistry {
    /// What is wrong with the names, labels and help texts of all declared families, with or without series.
    ///
    /// For a test of one's own: `#expect(registry.lint() == [])`. The rules are those of `MetricsLint` in the module
    /// `Exposition`, with the one on the labels `job` and `instance`, which Prometheus would rename.
    public func lint() -> [LintProblem] {
        var lint = MetricsLint(judgesTargetLabels: true)
        for descriptor in descriptors {
            lint.add(.help(descriptor.name, descriptor.help))
            lint.add(.kind(descriptor.name, descriptor.kind))
            let suffix = descriptor.kind == .histogram ? "_count" : ""
            let labels = descriptor.labels.map { (name: $0, value: "") }
            lint.add(.sample(ExpositionSample(name: descriptor.name + suffix, labels: labels, value: 0)))
        }
        return lint.problems()
    }

    /// Of all declared families, sorted by name; of one whose label names vary those that were used first.
    var descriptors: [FamilyDescriptor] {
        let all = state.withLock { state in
            state.entries.values.map { entry in
                switch entry {
                case .stored(let store): store.descriptor
                case .called(let group, let position): group.descriptors[position]
                }
            }
        }
        return all.sorted { $0.name < $1.name }
    }
}
