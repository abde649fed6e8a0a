/// Finds the encoder of an output's type.
enum OutputEncoders {
    /// - Parameters:
    ///   - timeFields: top-level keys that may hold the time, of all inputs.
    ///   - fileKey: a number for each file that is the same after a restart.
    static func make(
        _ output: ShipperConfiguration.Output, timeFields: [String], fileKey: @escaping (FileSerial) -> UInt64
    ) -> any OutputEncoder {
        switch output.type {
        case .ndjson, .file: return NDJSONEncoder(wrapsOthers: output.invalidLines == .wrap)
        case .loki:
            let fields = LokiFields(
                labels: output.labels, metadata: output.structuredMetadata, timeFields: timeFields)
            return output.encoding == .json ? LokiEncoder(fields) : LokiProtobufEncoder(fields)
        case .elasticsearch:
            return ElasticsearchEncoder(output.elasticsearch, timeFields: timeFields, fileKey: fileKey)
        case .otlp:
            let fields = OTLPFields(output.otlp, timeFields: timeFields)
            return output.encoding == .json ? OTLPJSONEncoder(fields) : OTLPProtobufEncoder(fields)
        case .splunkHEC: return SplunkEncoder(output.splunk, timeFields: timeFields)
        case .victoriaLogs: return VictoriaLogsEncoder(output.victoriaLogs, timeFields: timeFields)
        }
    }
}
