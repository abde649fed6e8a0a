import Exposition
import TimeSeries

/// One scraped page: gives its samples the labels and the companions that Prometheus would give them.
///
/// As in Prometheus's scrape loop: `job` and `instance` are set, labels of these names that the page brings become
/// `exported_job` and `exported_instance`; `up`, `scrape_duration_seconds` and `scrape_samples_scraped` are added; a
/// series that the page no longer has ends with a staleness marker, and all of them do when the scrape fails.
struct ScrapeTarget {
    /// Why a page could not be read; the rest of the target's life goes on.
    typealias Page = Result<[ExpositionSample], InvalidValue>

    let job: String
    let instance: String
    /// Why the last scrape failed.
    private(set) var problem: String?
    /// Series that the last scrape had, without those that bring their own timestamps.
    private var living: Set<Labels> = []

    init(job: String, instance: String) {
        self.job = job
        self.instance = instance
    }

    /// Writes a scrape's result.
    ///
    /// - Returns: samples that the store refused.
    mutating func ingest(_ page: Page, at millis: Int64, tookSeconds: Double, into store: SeriesStore) -> Int {
        var refused = 0
        var current: Set<Labels> = []
        var count = 0
        switch page {
        case .failure(let error): problem = error.message
        case .success(let samples):
            problem = nil
            count = samples.count
            current.reserveCapacity(samples.count)
            for sample in samples {
                let labels = labels(of: sample)
                if sample.timestampMillis == nil { current.insert(labels) }
                if !Self.append(labels, sample.timestampMillis ?? millis, sample.value, store) { refused += 1 }
            }
        }
        for labels in living.subtracting(current) { try? store.appendStale(labels, at: millis) }
        living = current
        let own = [
            ("up", problem == nil ? 1 : 0), ("scrape_duration_seconds", tookSeconds),
            ("scrape_samples_scraped", Double(count)),
        ]
        for (name, value) in own where !Self.append(ownLabels(name), millis, value, store) { refused += 1 }
        return refused
    }

    /// Ends all series, when the target is scraped no more.
    mutating func end(at millis: Int64, in store: SeriesStore) {
        let own = ["up", "scrape_duration_seconds", "scrape_samples_scraped"].map(ownLabels)
        for labels in living.union(own) { try? store.appendStale(labels, at: millis) }
        living = []
    }

    private static func append(_ labels: Labels, _ millis: Int64, _ value: Double, _ store: SeriesStore) -> Bool {
        (try? store.append(labels, at: millis, value)) != nil
    }

    private func ownLabels(_ name: String) -> Labels {
        Labels([(Label.metricName, name), ("job", job), ("instance", instance)])
    }

    private func labels(of sample: ExpositionSample) -> Labels {
        var pairs = sample.labels.map { (name, value) in
            (name == "job" || name == "instance" ? "exported_\(name)" : name, value)
        }
        pairs += [(Label.metricName, sample.name), ("job", job), ("instance", instance)]
        return Labels(pairs)
    }
}
