import FuzzChecks

/// Calls the check of Tests/FuzzChecks.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTemplate(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let problem = FuzzChecks.template(Array(UnsafeBufferPointer(start: start, count: start == nil ? 0 : count)))
    precondition(problem == nil, problem ?? "")
    return 0
}
