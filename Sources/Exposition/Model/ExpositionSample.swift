/// One line of samples.
public struct ExpositionSample: Sendable {
    /// The name as it stands there, with its suffix.
    public var name: String
    /// Labels in the order in which they stand there, values unescaped.
    public var labels: [(name: String, value: String)]
    /// The number.
    public var value: Double
    /// Milliseconds of Unix time; OpenMetrics' seconds are rounded to the nearest. Nil when there is none.
    public var timestampMillis: Int64?
    /// Milliseconds of Unix time at which a counter, histogram or summary began, where the format tells it with the
    /// sample: protobuf's `created_timestamp`, OpenMetrics 2.0's `st@`. A `_created` line is a sample of its own.
    public var createdMillis: Int64?
    /// Only in OpenMetrics and protobuf.
    public var exemplar: ExpositionExemplar?

    /// Makes a sample.
    public init(
        name: String, labels: [(name: String, value: String)], value: Double, timestampMillis: Int64? = nil,
        createdMillis: Int64? = nil, exemplar: ExpositionExemplar? = nil
    ) {
        self.name = name
        self.labels = labels
        self.value = value
        self.timestampMillis = timestampMillis
        self.createdMillis = createdMillis
        self.exemplar = exemplar
    }
}

extension ExpositionSample: Equatable {
    /// Equal in all parts; NaN equals NaN.
    public static func == (left: ExpositionSample, right: ExpositionSample) -> Bool {
        left.name.hasSameBytes(as: right.name) && left.timestampMillis == right.timestampMillis
            && left.createdMillis == right.createdMillis && left.exemplar == right.exemplar
            && (left.value == right.value || left.value.isNaN && right.value.isNaN)
            && left.labels.hasSameBytes(as: right.labels)
    }
}

/// An example of what a counter or bucket counted.
public struct ExpositionExemplar: Sendable, Equatable {
    /// Labels, at most 128 code points with their names.
    public var labels: [Label]
    /// The observed value.
    public var value: Double
    /// Seconds of Unix time.
    public var timestampSeconds: Double?

    /// A name and its value.
    public struct Label: Sendable, Equatable {
        /// The name.
        public var name: String
        /// The value, unescaped.
        public var value: String

        /// Makes a label.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }

        /// Equality by bytes.
        public static func == (left: Label, right: Label) -> Bool {
            left.name.hasSameBytes(as: right.name) && left.value.hasSameBytes(as: right.value)
        }
    }

    /// Makes an exemplar.
    public init(labels: [Label], value: Double, timestampSeconds: Double? = nil) {
        self.labels = labels
        self.value = value
        self.timestampSeconds = timestampSeconds
    }
}
