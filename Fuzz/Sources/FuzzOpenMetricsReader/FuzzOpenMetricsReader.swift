import FuzzChecks

/// Calls the check of Tests/FuzzChecks.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOpenMetricsReader(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = UnsafeBufferPointer(start: start, count: start == nil ? 0 : count)
    let problem = FuzzChecks.openMetricsReader(Array(bytes))
    precondition(problem == nil, problem ?? "")
    return 0
}
