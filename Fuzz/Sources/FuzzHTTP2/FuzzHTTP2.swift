@testable import Wire

/// Calls the check of Tests/GatewayTests/Wire.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHTTP2(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    HTTP2FuzzChecks.run(Array(UnsafeBufferPointer(start: start, count: start == nil ? 0 : count)))
    return 0
}
