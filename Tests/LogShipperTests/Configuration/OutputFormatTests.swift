import StrictYAML
import Testing

@testable import LogShipper

@Suite("Configuration of what outputs speak")
struct OutputFormatTests {
    private func read(_ output: String) throws -> ShipperConfiguration.Output {
        let url = output.contains("file") ? "" : "url: \"http://x/\", "
        return try ShipperConfiguration.parse(
            "state_dir: /s\ninputs: [{ paths: [/a] }]\noutputs:\n  - { name: a, \(url)\(output) }\n",
            file: "s.yaml"
        ).outputs[0]
    }

    private func failure(_ output: String) -> String {
        do {
            _ = try read(output)
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test("every key of every type is taken")
    func full() throws {
        let loki = try read(
            "type: loki, encoding: protobuf, labels: { a: b }, structured_metadata: { id: request_id }")
        #expect(loki.compression == .snappy && loki.encoding == .protobuf)
        #expect(loki.structuredMetadata.map(\.name) == ["id"] && loki.structuredMetadata.map(\.value) == ["request_id"])
        #expect(try read("type: loki, structured_metadata: [x, y]").structuredMetadata.map(\.value) == ["x", "y"])
        let elasticsearch = try read("type: elasticsearch, index: \"i-{tenant}\", pipeline: p, filter_path: \"\"")
        #expect(elasticsearch.elasticsearch.index == "i-{tenant}" && elasticsearch.elasticsearch.pipeline == "p")
        #expect(elasticsearch.elasticsearch.filterPath == "" && elasticsearch.tenantHeader == "")
        let otlp = try read(
            "type: otlp, encoding: json, compression: zstd, compression_level: 19, resource: { a: b }, attributes: [c], "
                + "severity_field: s, trace_field: t, span_field: p, body_field: m")
        #expect(otlp.encoding == .json && otlp.compressionLevel == 19)
        #expect(otlp.otlp.resource.map(\.name) == ["a"] && otlp.otlp.attributes.map(\.name) == ["c"])
        #expect(otlp.otlp.severityField + otlp.otlp.traceField + otlp.otlp.spanField + otlp.otlp.bodyField == "stpm")
        #expect(try read("type: otlp").encoding == .protobuf)
        let splunk = try read("type: splunk_hec, host: h, source: s, sourcetype: t, index: i, fields: { f: v }")
        #expect(splunk.splunk.metadata.map(\.name) == ["host", "source", "sourcetype", "index"])
        #expect(splunk.splunk.fields.map(\.value) == ["v"] && splunk.splunk.acks == nil)
        let acked = try read("type: splunk_hec, acks: { poll: 2s, timeout: 1m, max_outstanding: 3 }").splunk.acks
        #expect(
            acked?.pollNanos == 2_000_000_000 && acked?.timeoutNanos == 60_000_000_000 && acked?.maxOutstanding == 3)
        #expect(try read("type: splunk_hec, acks: { enabled: false }").splunk.acks == nil)
        let victoria = try read(
            "type: victorialogs, account: \"1:2\", accounts: { acme: \"3:4\" }, message_field: m, stream_fields: [a], "
                + "max_line_bytes: 2MiB, ignore_fields: [b], extra_fields: { c: d }")
        #expect(victoria.victoriaLogs.account == "1:2" && victoria.victoriaLogs.accounts == ["acme": "3:4"])
        #expect(victoria.victoriaLogs.maxLineBytes == 2 << 20)
        #expect(victoria.victoriaLogs.messageField == "m" && victoria.victoriaLogs.streamFields == ["a"])
        #expect(victoria.victoriaLogs.ignoredFields == ["b"] && victoria.victoriaLogs.extraFields.map(\.value) == ["d"])
        let file = try read(
            "type: file, directory: /d, path: \"{date}/{tenant}\", max_file_bytes: 1MiB, keep_days: 7, compression: zstd"
        )
        #expect(file.file.directory == "/d" && file.file.path == "{date}/{tenant}" && file.file.keepDays == 7)
        #expect(file.file.maxFileBytes == 1 << 20)
        #expect(try read("type: ndjson, invalid: wrap, compression: snappy").invalidLines == .wrap)
    }

    @Test(
        "a key of another type, or a compression that the type does not know, is an error with its place",
        arguments: [
            (
                "type: loki, index: x",
                "'index' is a key of outputs of type elasticsearch, splunk_hec; this one is loki"
            ),
            ("type: ndjson, labels: { a: b }", "'labels' is a key of outputs of type loki; this one is ndjson"),
            ("type: otlp, invalid: wrap", "this one is otlp"),
            ("type: elasticsearch, compression: zstd", "'zstd' is not understood by elasticsearch, only gzip, none"),
            ("type: loki, encoding: protobuf, compression: gzip", "by loki with encoding protobuf, only snappy"),
            ("type: loki, compression: snappy", "by loki with encoding json, only gzip, none"),
            ("type: victorialogs, account: x", "expected AccountID:ProjectID, like 12:0"),
            ("type: victorialogs, accounts: { a: \"1:\" }", "expected AccountID:ProjectID"),
            ("type: elasticsearch, index: a/b", "without '/'"),
            ("type: loki, labels: { a-b: c }", "'a-b' is no label name"),
            ("type: otlp, encoding: xml", "'xml' is none of json, protobuf"),
            ("type: ndjson, compression_level: 10", "s.yaml:4:"),
            ("type: file", "'directory' is missing"), ("type: file, directory: d", "expected an absolute path"),
            ("type: file, directory: /d, path: \"{tenant}\"", "expected {tenant} and {date}, each once"),
            ("type: file, directory: /d, headers: { a: b }", "'headers' is a key of outputs of type"),
            ("type: file, directory: /d, url: \"http://x/\"", "'url' is a key of outputs of type"),
        ])
    func errors(_ output: String, _ expected: String) {
        let found = failure(output)
        #expect(found.contains(expected), "\(found)")
        #expect(found.hasPrefix("s.yaml:4:"), "\(found)")
    }
}
