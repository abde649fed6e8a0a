import FuzzChecks

/// Calls the check of Tests/FuzzChecks.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzBlock(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let problem = FuzzChecks.block(Array(UnsafeBufferPointer(start: start, count: start == nil ? 0 : count)))
    precondition(problem == nil, problem ?? "")
    return 0
}
