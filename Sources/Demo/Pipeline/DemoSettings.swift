/// What the command line says.
struct DemoSettings: Sendable {
    var directory: String
    var gatewayBinary: String
    var shipperBinary: String
    var port: Int
    var opsPort: Int
    var shipperPort: Int
    /// `nil`: until Ctrl-C.
    var duration: Double?
    var faultAfter: Double
    var faultSeconds: Double
}
