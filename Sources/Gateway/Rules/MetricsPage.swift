import CurlHTTP
import Exposition

/// Reading of a metrics page that came over HTTP.
enum MetricsPage {
    /// The longest body that is read.
    static let maxBodyBytes = 64 << 20
    /// What is asked for, best first.
    static let accept = "application/openmetrics-text;version=1.0.0;q=0.9,text/plain;version=0.0.4;q=0.5"

    /// What is read. Text 1.0.0 is text 0.0.4 with names in UTF-8.
    private static let asked: Set<ExpositionFormat> = [
        .openMetrics001, .openMetrics100, .prometheusText004, .prometheusText100,
    ]

    /// The samples of an answer, at most `limit`; more make it a failed scrape, as with Prometheus's `sample_limit`.
    static func samples(_ response: HTTPResponse, limit: Int) -> ScrapeTarget.Page {
        guard response.status == 200 else { return .failure(InvalidValue("status \(response.status)")) }
        // Targets are read as Prometheus reads them: many a page breaks OpenMetrics' rules beyond its grammar.
        let answered = response.header("content-type").flatMap { ExpositionFormat(contentType: $0) }
        let format = answered ?? .prometheusText004
        guard asked.contains(format) else {
            return .failure(InvalidValue("the target answered with \(format.contentType), which was not asked for"))
        }
        var reader = ExpositionReader(format: format)
        var samples: [ExpositionSample] = []
        let take: (ExpositionEvent) throws -> Void = { event in
            guard case .sample(let sample) = event else { return }
            guard samples.count < limit else { throw InvalidValue("more than \(limit) samples") }
            samples.append(sample)
        }
        do {
            try reader.consume(response.body, take)
            try reader.finish(take)
            return .success(samples)
        } catch let error as InvalidValue {
            return .failure(error)
        } catch {
            return .failure(InvalidValue("the page is malformed: \(error)"))
        }
    }
}
