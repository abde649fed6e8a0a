import Exposition

/// In which words a family is written: what there is one ``Catalogue`` for.
struct Dialect: Hashable, Sendable {
    let format: ExpositionFormat
    let escaping: NameEscaping
    /// `_created` lines in OpenMetrics 1.0.
    let createdLines: Bool

    init(_ exposition: NegotiatedExposition, createdLines: Bool) {
        format = exposition.format
        escaping = exposition.escaping
        self.createdLines =
            createdLines && (exposition.format == .openMetrics100 || exposition.format == .openMetrics001)
    }

    /// How floating point values are written.
    var style: FloatStyle { format.isOpenMetrics ? .openMetrics : .go }
}

/// The name of a family or a label as a dialect writes it.
struct WrittenName {
    let text: String
    /// True when it breaks the legacy rule, so that text puts it in quotes.
    let isQuoted: Bool

    init(metric name: String, _ escaping: NameEscaping) {
        let isLegacy = MetricName.isValid(name)
        text = isLegacy ? name : escaping.escape(metric: name)
        isQuoted = !isLegacy && escaping == .allowUTF8
    }

    init(label name: String, _ escaping: NameEscaping) {
        let isLegacy = MetricName.isValidLabel(name)
        text = isLegacy ? name : escaping.escape(label: name)
        isQuoted = !isLegacy && escaping == .allowUTF8
    }

    private init(text: String, isQuoted: Bool) {
        self.text = text
        self.isQuoted = isQuoted
    }

    /// With a suffix, `_bucket` for instance.
    func adding(_ suffix: String) -> WrittenName { WrittenName(text: text + suffix, isQuoted: isQuoted) }

    /// Without a suffix that it has; a name that is nothing else stays as it is.
    func dropping(_ suffix: String) -> WrittenName {
        guard text.hasSuffix(suffix), text != suffix else { return self }
        return WrittenName(text: String(text.dropLast(suffix.utf8.count)), isQuoted: isQuoted)
    }
}

/// All names of a family in one dialect.
struct WrittenNames {
    let metric: WrittenName
    let labels: [WrittenName]
    /// The label that names the state of a state set: called like the family, by the rule of labels.
    let state: WrittenName

    /// The names by the scheme that was asked for or, where it would make two labels the same, labels by the one that
    /// keeps all apart. Families never become the same: that is seen when they are declared.
    init(_ descriptor: FamilyDescriptor, _ escaping: NameEscaping) {
        metric = WrittenName(metric: descriptor.name, escaping)
        let wanted = descriptor.labels.map { WrittenName(label: $0, escaping) }
        let isAmbiguous = Set(wanted.map(\.text)).count < wanted.count || wanted.contains { $0.text == "le" }
        labels = isAmbiguous ? descriptor.labels.map { WrittenName(label: $0, .values) } : wanted
        state = WrittenName(label: descriptor.name, escaping)
    }
}

extension FamilyDescriptor {
    /// True when every scraper knows such names: the lines' beginnings that the children keep can be used.
    var hasLegacyNames: Bool { MetricName.isValid(name) && labels.allSatisfy { MetricName.isValidLabel($0) } }
}
