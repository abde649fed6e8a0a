@testable import Wire

/// Calls the check of Tests/GatewayTests/Wire.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHTTP1Request(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    HTTP1FuzzChecks.request(Array(UnsafeBufferPointer(start: start, count: start == nil ? 0 : count)))
    return 0
}
