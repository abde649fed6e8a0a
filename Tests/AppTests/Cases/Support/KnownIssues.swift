import Testing

/// What the gateway does wrong at the time of writing, each said once.
enum KnownIssues {
    /// From this size on a piece of a body is sent from where it lies.
    static let lentBytes = 4_096

    static let lent: Comment = """
        pieces of a request's body and of a tunnel are lent to the output batch and overwritten by the next read, or \
        freed with the queue that held them, before they are sent: the upstream gets other bytes
        """

    static let idleWhileReading: Comment = """
        a connection whose answer is over counts as idle although the client has not taken all of it, so that \
        timeouts.idle, or drain.idle after SIGTERM, cuts the end of a good answer off
        """

    static let chunkAsHeader: Comment =
        "a bare CR or LF in a chunk's size line is counted as gateway_rejected_total{reason=\"header\"}"
}
