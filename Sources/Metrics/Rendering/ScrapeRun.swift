import Exposition

/// One scrape on its way: families into the page, full pages to the sink.
struct ScrapeRun {
    typealias Sink = (UnsafeRawBufferPointer) throws -> Void

    private let plan: ScrapePlan
    private let catalogue: Catalogue
    private let page: ScrapePage
    private let clock: MonotonicClock
    private let deadline: UInt64

    init(_ plan: ScrapePlan, _ catalogue: Catalogue, _ page: ScrapePage, clock: @escaping MonotonicClock) {
        self.plan = plan
        self.catalogue = catalogue
        self.page = page
        self.clock = clock
        deadline = clock().addingReportingOverflow(plan.timeoutNanos).partialValue
    }

    /// Writes everything; throws what the sink throws, or ``ScrapeError``.
    func run(_ callbacks: CallbackSamples, _ sink: Sink) throws {
        try page.begin(plan.coding, level: plan.gzipLevel, pace: plan.pace(clock))
        var isFamilyOpen = false
        for member in catalogue.members where plan.filter.contains(member.descriptor) {
            if !member.continuesFamily, isFamilyOpen {
                try endFamily(sink)
                isFamilyOpen = false
            }
            try write(member, callbacks, &isFamilyOpen, sink)
            try checkTime()
        }
        if isFamilyOpen { try endFamily(sink) }
        if catalogue.dialect.format.isOpenMetrics { try put(sink) { $0.append("# EOF\n") } }
        try page.finish(sink)
    }

    private func write(
        _ member: Catalogue.Member, _ callbacks: CallbackSamples, _ isOpen: inout Bool, _ sink: Sink
    ) throws {
        guard member.hasSamples(callbacks) else { return }
        let isFirst = !isOpen
        isOpen = true
        let traits = FamilyTraits(member, page.scratch)
        switch member.form {
        case .text(let parts):
            if isFirst { try put(sink) { $0.append(parts.metadata) } }
            if catalogue.dialect.format == .openMetrics200 {
                try write(member, callbacks, OpenMetrics2Writer(parts, traits), sink)
            } else {
                try write(member, callbacks, TextWriter(parts, traits, catalogue.dialect), sink)
            }
        case .protobuf(let parts):
            if isFirst {
                page.beginMessage()
                try put(sink) { $0.append(parts.head) }
            }
            try write(member, callbacks, ProtobufWriter(parts, traits), sink)
        }
    }

    private func write<Writer: RecordWriter>(
        _ member: Catalogue.Member, _ callbacks: CallbackSamples, _ writer: Writer, _ sink: Sink
    ) throws {
        switch member.source {
        case .stored(let store):
            try write(store, writer, sink)
        case .called(let group, let position):
            for sample in callbacks.of(group, position: position) {
                try put(sink) { writer.write(sample, to: &$0) }
            }
        }
    }

    /// Hot path: all children of a family. The lock is held for one page of records at most, and never while the
    /// sink is called.
    private func write<Writer: RecordWriter>(_ store: FamilyStore, _ writer: Writer, _ sink: Sink) throws {
        var position = store.firstRecord
        while true {
            var cursor = ByteCursor(page.room)
            var written = 0
            let isDone = store.readPage(&position) { record in
                writer.write(record, to: &cursor)
                guard !cursor.didOverflow else { return false }
                written = cursor.count
                return true
            }
            page.advance(by: written)
            if cursor.didOverflow { try page.makeRoom(sink) }
            if isDone { return }
            try checkTime()
        }
    }

    private func put(_ sink: Sink, _ body: (inout ByteCursor) -> Void) throws {
        while !page.append(body) { try page.makeRoom(sink) }
    }

    private func endFamily(_ sink: Sink) throws {
        if catalogue.dialect.format == .protobufDelimited { try page.endMessage(sink) }
    }

    private func checkTime() throws {
        if clock() > deadline { throw ScrapeError.timeout }
    }
}

extension Catalogue.Member {
    /// False when there is nothing to write, not even what stands before the samples.
    fileprivate func hasSamples(_ callbacks: CallbackSamples) -> Bool {
        switch source {
        case .stored(let store): store.seriesCount > 0
        case .called(let group, let position): !callbacks.of(group, position: position).isEmpty
        }
    }
}
