extension ShipperConfiguration {
    /// What an output speaks.
    public enum OutputType: String, Sendable, CaseIterable {
        /// POST of the original lines.
        case ndjson
        /// Loki's push, as JSON or as protobuf.
        case loki
        /// `_bulk` of Elasticsearch and OpenSearch.
        case elasticsearch
        /// OpenTelemetry's protocol over HTTP.
        case otlp
        /// Splunk's HTTP event collector.
        case splunkHEC = "splunk_hec"
        /// VictoriaLogs' JSON lines.
        case victoriaLogs = "victorialogs"
        /// Files in a directory, by tenant and day.
        case file
    }

    /// How bodies are compressed.
    public enum Compression: String, Sendable, CaseIterable {
        /// One gzip member a request.
        case gzip
        /// One zstd frame a request; needs libzstd when the program starts.
        case zstd
        /// snappy's block format; needs libsnappy when the program starts.
        case snappy
        /// Not at all.
        case none
    }

    /// How a protocol with two encodings is written.
    public enum Encoding: String, Sendable, CaseIterable {
        /// JSON text.
        case json
        /// Protocol buffers.
        case protobuf
    }

    /// What becomes of lines that are no JSON objects.
    public enum InvalidLines: String, Sendable, CaseIterable {
        /// They are sent as they are.
        case pass
        /// They are sent as `{"message": line}`.
        case wrap
    }

    /// Options of the type `elasticsearch`.
    public struct ElasticsearchOptions: Sendable {
        /// The index or data stream; `{tenant}` stands for the tenant in lower case.
        public var index = "logs-gatehouse-{tenant}"
        /// The ingest pipeline; empty for none.
        public var pipeline = ""
        /// Which parts of the answer are asked for; empty for all.
        public var filterPath = "errors,items.*.status,items.*.error"
    }

    /// Options of the type `otlp`.
    public struct OTLPOptions: Sendable {
        /// Attributes of the resource; `{tenant}` in a value stands for the tenant.
        public var resource = [(name: "service.name", value: "gatehouse"), (name: "tenant", value: "{tenant}")]
        /// Attributes of the records, each with the top-level key that it comes from.
        public var attributes: [(name: String, value: String)] = []
        /// The top-level key of the severity.
        public var severityField = "level"
        /// The top-level key of the trace's id.
        public var traceField = "trace_id"
        /// The top-level key of the span's id.
        public var spanField = "span_id"
        /// The top-level key that becomes the record's body; empty for the whole line.
        public var bodyField = ""
    }

    /// Options of the type `splunk_hec`.
    public struct SplunkOptions: Sendable {
        /// `host`, `source`, `sourcetype` and `index` of the events, where set; `{tenant}` stands for the tenant.
        public var metadata: [(name: String, value: String)] = []
        /// Indexed fields of the events; `{tenant}` in a value stands for the tenant.
        public var fields: [(name: String, value: String)] = []
        /// Acknowledgements; nil where an accepted request counts as delivered.
        public var acks: AckOptions?
    }

    /// How Splunk is asked whether what it accepted is stored.
    public struct AckOptions: Sendable {
        /// Whether it is asked.
        public var isEnabled = true
        /// The time between two queries.
        public var pollNanos: Int64 = 1_000_000_000
        /// What is not acknowledged for so long is sent again.
        public var timeoutNanos: Int64 = 300_000_000_000
        /// How many requests of one tenant may wait for acknowledgement.
        public var maxOutstanding = 32
    }

    /// Options of the type `victorialogs`.
    public struct VictoriaLogsOptions: Sendable {
        /// `AccountID:ProjectID` of tenants that have none of their own.
        public var account = "0:0"
        /// `AccountID:ProjectID` of some tenants.
        public var accounts: [String: String] = [:]
        /// The field that holds the message.
        public var messageField = "message"
        /// Longer lines are not sent: the destination would skip them in silence.
        public var maxLineBytes = 256 << 10
        /// The fields that make a stream.
        public var streamFields: [String] = []
        /// Fields that are not stored.
        public var ignoredFields: [String] = []
        /// Fields that every line gets; `{tenant}` in a value stands for the tenant.
        public var extraFields: [(name: String, value: String)] = []
    }

    /// Options of the type `file`.
    public struct FileOptions: Sendable {
        /// The directory of all files.
        public var directory = ""
        /// The names of the files below it; `{tenant}` and `{date}` stand for the tenant and the day in UTC.
        public var path = "{tenant}/{date}.jsonl.gz"
        /// A file that has this size gets no more.
        public var maxFileBytes = 256 << 20
        /// For how many days files are kept; nil for ever.
        public var keepDays: Int?
    }
}
