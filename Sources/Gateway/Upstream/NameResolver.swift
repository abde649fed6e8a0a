/// Looks up the names of upstreams, at once when they are new and again at an interval, on a thread of its own.
///
/// The system's resolver tells no time to live. While a name cannot be looked up its last addresses stay.
final class NameResolver: Sendable {
    private let worker = Worker()
    private let journal: UpstreamJournal
    private let resolved: @Sendable () -> Void

    /// - Parameter resolved: called after names got addresses for the first time, on the resolver's thread.
    init(_ journal: UpstreamJournal, resolved: @escaping @Sendable () -> Void) {
        self.journal = journal
        self.resolved = resolved
    }

    /// Looks up what is a name.
    func lookUp(_ upstreams: [UpstreamState]) {
        let names = upstreams.filter(\.isName)
        guard !names.isEmpty else { return }
        worker.submit { [self] in
            for upstream in names { look(upstream) }
        }
    }

    private func look(_ upstream: UpstreamState) {
        let isFirst = upstream.addresses == nil
        switch InternetAddress.resolve(upstream.address.host, port: upstream.address.port) {
        case .success(let addresses):
            upstream.addresses = addresses
            if upstream.noteName(isFound: true) { journal.lookedUp(upstream, problem: nil) }
        case .failure(let fault):
            if isFirst { upstream.addresses = [] }
            if upstream.noteName(isFound: false) {
                journal.lookedUp(upstream, problem: fault.reason)
            }
        }
        if isFirst { resolved() }
    }

    func stop() async { await worker.stop() }
}
