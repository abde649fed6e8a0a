import CurlHTTP

/// Everything the shipper can be told; docs/CONFIGURATION-shipper.md lists the keys with units, defaults and limits.
public struct ShipperConfiguration: Sendable {
    /// The directory of checkpoints, dead letters and the lock.
    public var stateDirectory: String
    /// The budget of all batches together, in bytes.
    public var memoryBytes = 16 << 20
    /// The most bytes that a kill can make the shipper send twice.
    public var maxUnackedBytes = 16 << 20
    /// How often the globs are looked at.
    public var rescanNanos: Int64 = 1_000_000_000
    /// How often progress is written, when there is some.
    public var checkpointNanos: Int64 = 1_000_000_000
    /// How long a renamed or vanished file must be quiet before it is given up.
    public var rotateGraceNanos: Int64 = 5_000_000_000
    /// How long SIGTERM waits for acknowledgements.
    public var drainNanos: Int64 = 10_000_000_000
    /// Whose the lines are that name no tenant or a refused one.
    public var defaultTenant = "_none"
    /// How many tenants there may be at a time; the lines of others belong to `_overflow`.
    public var maxTenants = 100_000
    /// How many tenants get a series of their own in the metrics.
    public var maxTenantSeries = 200
    /// How many log files are held open at most; the limit of the process may allow fewer.
    public var maxOpenFiles = 1024
    /// The most disk space that deleted files which are not read and acknowledged may keep, in bytes.
    public var maxDeletedBytes: Int64 = 1 << 30
    /// How long the checkpoint remembers a file that was not seen.
    public var forgetAfterSeconds: Int64 = 86_400
    /// What is done to tenants' lines; the first entry that matches a tenant holds.
    public var tenantRules: [TenantRules] = []
    /// The file with the salt of hashes.
    public var saltFile: String?
    /// What is read.
    public var inputs: [Input] = []
    /// Where it goes.
    public var outputs: [Output] = []
    /// The address of /metrics, /livez, /readyz and /status; empty for none.
    public var opsListen = "127.0.0.1:9465"

    /// After how long of nothing but failing requests an output makes the shipper not ready; 0 for never.
    public var readyFailingAfterNanos: Int64 = 0

    /// A configuration with the defaults and nothing to do.
    public init(stateDirectory: String) {
        self.stateDirectory = stateDirectory
    }

    /// One group of files.
    public struct Input: Sendable, Equatable {
        /// Globs.
        public var paths: [String]
        /// Globs of paths that are left out.
        public var exclude: [String] = []
        /// The top-level key that holds the tenant.
        public var tenantField = "tenant"
        /// The top-level key that holds the time.
        public var timeField = "ts"
        /// Where a file that was never seen before is read from, if it was there when the shipper started.
        public var startAt = StartAt.beginning
        /// A line beyond this is treated as `longLines` says.
        public var maxLineBytes = 1 << 20
        /// What becomes of lines that are too long.
        public var longLines = LongLines.drop
        /// Files that were last written longer ago are not opened when they are first seen.
        public var ignoreOlderNanos: Int64?
        /// Whether gzip files are read decompressed.
        public var compression = InputCompression.auto
        /// How lines are joined to records; nil where each is one.
        public var multiline: Multiline?

        /// The longest thing that has to be in memory at once.
        var maxRecordBytes: Int { maxLineBytes + (multiline?.maxBytes ?? 0) }

        /// The files hold dead letters that were given back; never set by a configuration.
        var holdsDeadLetters = false

        /// Files by globs, with the defaults.
        public init(paths: [String]) {
            self.paths = paths
        }
    }

    /// How lines are joined to records, such as stack traces.
    public struct Multiline: Sendable, Equatable {
        /// A regular expression in RE2's syntax; a line in which it is not found belongs to the record before it.
        public var start: String
        /// A record that has as many lines ends.
        public var maxLines = 500
        /// A record ends before the line that would make it longer.
        public var maxBytes = 256 << 10
        /// A record to which nothing was added for so long ends.
        public var timeoutNanos: Int64 = 1_000_000_000

        /// Records that start where a pattern is found, with the defaults.
        public init(start: String) {
            self.start = start
        }
    }

    /// What becomes of lines that are too long; a counter tells of each.
    public enum LongLines: String, Sendable, CaseIterable {
        /// Nothing of it is sent.
        case drop
        /// Its first bytes are sent.
        case truncate
        /// It is sent in pieces.
        case split
    }

    /// How the content of files is found.
    public enum InputCompression: String, Sendable, CaseIterable {
        /// A file that starts as gzip does is read decompressed.
        case auto
        /// Files are read as they are.
        case none
    }

    /// Where a new file is read from.
    public enum StartAt: String, Sendable, CaseIterable {
        /// Its first byte.
        case beginning
        /// Its end at the start of the shipper; files that appear later are read from their first byte.
        case end
    }

    /// Where the credentials come from; files are read again when the destination refuses them.
    public enum Credentials: Sendable, Equatable {
        /// None.
        case none
        /// User and password, or the file that holds it.
        case basic(user: String, password: String?, passwordFile: String?)
        /// A token, or the file that holds it.
        case bearer(token: String?, tokenFile: String?)
        /// Tokens by OAuth 2.0's client credentials.
        case oauth2(OAuth2Options)
    }

    /// Where tokens come from.
    public struct OAuth2Options: Sendable, Equatable {
        /// The token's endpoint.
        public var tokenURL = ""
        /// The client's id.
        public var clientID = ""
        /// The client's secret.
        public var secret: String?
        /// The file that holds it.
        public var secretFile: String?
        /// The scope that is asked for; empty for none.
        public var scope = ""
        /// The audience that is asked for; empty for none.
        public var audience = ""
    }

    /// Whether a tenant's lines reach the destination in order.
    public enum Order: String, Sendable, CaseIterable {
        /// A tenant has one request under way.
        case strict
        /// A tenant may have as many as there are, and a later one may overtake.
        case relaxed
    }

    /// What a 404 means.
    public enum OnNotFound: String, Sendable, CaseIterable {
        /// The address is wrong: the lines wait until it is mended.
        case retry
        /// The destination does not know the tenant and never will: the lines become dead letters.
        case deadLetter = "dead_letter"
    }

    /// Whether HTTP/2 is used.
    public enum HTTP2: String, Sendable, CaseIterable {
        /// Where the destination offers it in the TLS handshake.
        case auto
        /// Never.
        case off
    }

    /// One destination.
    public struct Output: Sendable {
        /// The `output` label of the metrics and a part of the dead-letter file's name.
        public var name: String
        /// What it speaks.
        public var type: OutputType
        /// Where requests go.
        public var url: String
        /// Extra headers; `{tenant}` in a value stands for the tenant.
        public var headers: [(name: String, value: String)] = []
        /// The header that carries the tenant; empty for none.
        public var tenantHeader: String
        /// Loki's stream labels; `{tenant}` in a value stands for the tenant.
        public var labels: [(name: String, value: String)] = [("job", "gatehouse")]
        /// Loki's structured metadata, each with the top-level key that it comes from.
        public var structuredMetadata: [(name: String, value: String)] = []
        /// JSON or protobuf, where the protocol has both.
        public var encoding: Encoding
        /// What becomes of lines that are no JSON objects, in the type `ndjson`.
        public var invalidLines = InvalidLines.pass
        /// Options of the type `elasticsearch`.
        public var elasticsearch = ElasticsearchOptions()
        /// Options of the type `otlp`.
        public var otlp = OTLPOptions()
        /// Options of the type `splunk_hec`.
        public var splunk = SplunkOptions()
        /// Options of the type `victorialogs`.
        public var victoriaLogs = VictoriaLogsOptions()
        /// Options of the type `file`.
        public var file = FileOptions()
        /// How bodies are compressed.
        public var compression = Compression.gzip
        /// 1 is fastest.
        public var compressionLevel = 1
        /// A batch is closed at this many bytes before compression.
        public var batchMaxBytes = 1 << 20
        /// A batch is closed at this many lines.
        public var batchMaxLines = 100_000
        /// A batch is closed at this age.
        public var batchMaxAgeNanos: Int64 = 1_000_000_000
        /// Whether a tenant's lines reach the destination in order.
        public var order = Order.strict
        /// What a 404 means.
        public var on404 = OnNotFound.retry
        /// Whether HTTP/2 is used where the destination offers it in the TLS handshake.
        public var allowsHTTP2 = false
        /// How few and how many requests are under way at a time; answers and errors decide where in between.
        public var concurrency = 1...8
        /// Time to connect, in milliseconds.
        public var connectTimeoutMillis = 5000
        /// Time for a whole request, in milliseconds.
        public var totalTimeoutMillis = 30_000
        /// The first bound of the backoff.
        public var retryInitialNanos: Int64 = 500_000_000
        /// The last bound of the backoff.
        public var retryMaxNanos: Int64 = 30_000_000_000
        /// The spools of tenants that are stalled for long.
        public var spool = SpoolOptions()
        /// The room for dead letters.
        public var deadLetters = DeadLetterLimits()
        /// Credentials.
        public var credentials = Credentials.none
        /// Certificates and checks.
        public var tls = TLSOptions()
        /// The proxy.
        public var proxy = ProxyOption.environment

        /// A destination with its type's defaults.
        public init(name: String, type: OutputType, url: String) {
            self.name = name
            self.type = type
            self.url = url
            tenantHeader =
                switch type {
                case .loki: "X-Scope-OrgID"
                case .ndjson: "X-Tenant-Id"
                // The tenant stands in the index, the resource, the event or the account.
                case .elasticsearch, .otlp, .splunkHEC, .victoriaLogs, .file: ""
                }
            encoding = type == .otlp ? .protobuf : .json
            if type == .file { concurrency = 64...64 }
        }
    }
}
