/// What `log-shipper tap` does: watches what leaves a running shipper.
public struct TapRequest {
    private let client: OpsClient
    private let filter: TapFilter

    /// - Throws: where the configuration has no ops listener.
    public init(_ configuration: ShipperConfiguration, _ filter: TapFilter) throws(OpsFailure) {
        client = try OpsClient(configuration)
        self.filter = filter
    }

    /// Gives the text in pieces of whole lines, until the limit is reached or `show` returns false.
    public func run(_ show: (UnsafeRawBufferPointer) -> Bool) throws(OpsFailure) {
        // The listener says at least an empty line in five seconds.
        try client.get("/tap?\(filter.query)", patienceSeconds: 30) { piece in
            piece.count == 1 && piece[0] == 0x0a ? true : show(piece)
        }
    }
}
