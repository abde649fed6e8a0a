import Foundation

/// Polls a condition until it holds or the bound passes; the bound only ends a test that would fail anyway.
public func eventually(
    within seconds: Double = 20, every interval: Double = 0.02, _ condition: () throws -> Bool
) rethrows -> Bool {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while Date() < deadline {
        if try condition() { return true }
        Thread.sleep(forTimeInterval: interval)
    }
    return try condition()
}
