/// Why a family was not accepted.
public struct MetricError: Error, Equatable, CustomStringConvertible {
    /// The kind of mistake.
    public enum Reason: String, Sendable {
        /// The name is not `[a-zA-Z_:][a-zA-Z0-9_:]*`, or empty where all of UTF-8 is allowed.
        case invalidName
        /// The name belongs to the registry itself or to the server that scrapes it.
        case reservedName
        /// Name and label names are too long together.
        case namesTooLong
        /// A counter's name must end in `_total`.
        case counterWithoutTotal
        /// The name ends in a suffix that belongs to another type.
        case reservedSuffix
        /// A unit was given in which the name does not end.
        case unitNotInName
        /// There are more than 64 labels.
        case tooManyLabels
        /// A label name is not `[a-zA-Z_][a-zA-Z0-9_]*`, or empty where all of UTF-8 is allowed.
        case invalidLabel
        /// A label name belongs to the formats or to the server.
        case reservedLabel
        /// A label name stands twice.
        case duplicateLabel
        /// Bounds are not ascending and finite, or there are too many.
        case invalidBuckets
        /// Options of a native histogram are out of range.
        case invalidNative
        /// The states of a state set stand twice, or there are none or too many.
        case invalidStates
        /// A label of a state set is, in one of the formats, written like the one that names the state.
        case stateLabel
        /// An info's name must end in `_info`.
        case infoWithoutSuffix
        /// The idle expiry is not a positive number of seconds.
        case invalidIdleExpiry
        /// The limit of series is not positive, so the family could have none.
        case invalidLimit
        /// A bounded label was to govern a family that has no such label.
        case missingLabel
        /// The name, or one that its samples would use, is taken by another declaration.
        case duplicateName
    }

    /// The kind of mistake.
    public let reason: Reason
    /// The name of the family that was refused.
    public let family: String
    /// The label, suffix, unit or other family that is in the way.
    public let detail: String

    init(_ reason: Reason, family: String, detail: String) {
        self.reason = reason
        self.family = family
        self.detail = detail
    }

    /// What is wrong and what to do, in one line.
    public var description: String {
        "metric \"\(family)\": \(explanation)"
    }

    private var explanation: String {
        switch reason {
        case .invalidName:
            "the name must match [a-zA-Z_:][a-zA-Z0-9_:]*; to allow other names that are not empty, make the registry "
                + "with allowsUTF8Names: true"
        case .reservedName: "the name belongs to the registry or to the server that scrapes it; choose another name"
        case .namesTooLong:
            "name and label names have more than \(FamilyDescriptor.maxNameBytes) bytes; choose shorter ones"
        case .tooManyLabels: "\(detail) labels are too many; at most \(KnownValues.maxLabels) are allowed"
        case .invalidIdleExpiry: "the idle expiry must be a positive number of seconds; got \(detail)"
        case .invalidLimit:
            "the limit must be a positive number of series; got \(detail); give the most label sets that there can be"
        case .missingLabel:
            "a bounded label cannot govern it, as it has no label \"\(detail)\"; declare it with that label, or govern "
                + "the families that have it"
        case .counterWithoutTotal: "a counter's name must end in _total"
        case .reservedSuffix: "the suffix \(detail) belongs to another type; choose another name"
        case .unitNotInName: "the name must end in _\(detail), its unit"
        case .invalidLabel:
            "the label \"\(detail)\" must match [a-zA-Z_][a-zA-Z0-9_]*; to allow others that are not empty, make the "
                + "registry with allowsUTF8Names: true"
        case .reservedLabel: "the label \"\(detail)\" is reserved; choose another name"
        case .duplicateLabel: "the label \"\(detail)\" stands twice"
        case .invalidBuckets:
            "bucket bounds must be finite, strictly ascending and at most \(FamilyDescriptor.maxBuckets); got \(detail)"
        case .invalidNative: "the native histogram's options cannot be used: \(detail)"
        case .invalidStates:
            "the states must differ, at least one and at most \(StateSet.maxStates); got \(detail)"
        case .stateLabel:
            "the label \"\(detail)\" is written like the label that names the state, which is called like the family; "
                + "choose another name for either"
        case .infoWithoutSuffix: "an info's name must end in _info"
        case .duplicateName: "the name is taken by the different declaration of \"\(detail)\""
        }
    }
}
