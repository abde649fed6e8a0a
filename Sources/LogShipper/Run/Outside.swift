import CurlHTTP

/// What a pipeline has from the world outside: clocks, chance, and the way to the destination. The program takes them as
/// they are; a test that simulates all of it drives a whole pipeline on one thread.
struct Outside: Sendable {
    /// Never goes back.
    var monotonicNanos: @Sendable () -> Int64 = Clock.monotonicNanos
    /// Since 1970; may jump.
    var wallNanos: @Sendable () -> Int64 = Clock.wallNanos
    /// What this thread has cost so far; decides how often what is expensive comes.
    var threadCPUNanos: @Sendable () -> Int64 = Clock.threadCPUNanos
    /// Where the waits of retries come from.
    var jitter: @Sendable () -> Jitter = { Jitter() }
    /// Makes what carries an output's requests.
    ///
    /// - Parameters:
    ///   - output: the output's name
    ///   - maxIdleConnections: how many connections are kept for the next requests
    var transport: @Sendable (_ output: String, _ maxIdleConnections: Int) throws(CurlError) -> any Transport = {
        _, maxIdleConnections throws(CurlError) in
        try CurlMulti(maxIdleConnections: maxIdleConnections)
    }
}
