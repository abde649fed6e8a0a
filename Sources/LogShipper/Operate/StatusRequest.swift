/// Asks a running shipper for its status, through the ops listener that its configuration names.
public struct StatusRequest {
    private let client: OpsClient

    /// The request to the shipper that runs with this configuration.
    ///
    /// - Throws: where the configuration has no ops listener.
    public init(_ configuration: ShipperConfiguration) throws(OpsFailure) {
        client = try OpsClient(configuration)
    }

    /// The JSON document, or the same as tables for a terminal.
    public func send(asTable: Bool) throws(OpsFailure) -> String {
        var text: [UInt8] = []
        // Answers are bounded at the source; whoever else listens there is not believed.
        var isTooLong = false
        try client.get(asTable ? "/status?format=table" : "/status") { piece in
            text += piece
            isTooLong = text.count > 64 << 20
            return !isTooLong
        }
        guard !isTooLong else { throw OpsFailure(description: "the answer is longer than any status") }
        return String(decoding: text, as: UTF8.self)
    }
}
