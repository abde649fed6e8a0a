/// Why a running shipper could not be asked, with its address.
public struct OpsFailure: Error, CustomStringConvertible {
    /// What went wrong.
    public let description: String
}
