import PromQL
import TestSupport
import TimeSeries

/// The installed Prometheus and an engine of ours over the same series.
struct PeerSession {
    /// The steps of a range query, or one time.
    struct Grid: CustomStringConvertible {
        var start: Int64
        var step: Int64
        /// Steps; 0 stands for an instant query.
        var count: Int

        var description: String { count == 0 ? "at \(start)" : "from \(start), \(count) steps of \(step) ms" }

        init(_ random: inout SeededGenerator) {
            // Whole minutes hit the borders of windows, others don't.
            let offset = Int64(random.int(900...5_000))
            start = DemoData.start + (random.oneIn(2) ? offset / 60 * 60_000 : offset * 1_000 + 321)
            step = [1_000, 5_000, 7_000, 15_000, 60_000, 300_000][random.int(0...5)]
            count = random.oneIn(4) ? 0 : random.int(1...13)
        }
    }

    private let peer: PeerPrometheus
    private let engine: Engine
    /// Queries that both refused.
    private(set) var failures = 0
    /// Queries with an empty result on both sides.
    private(set) var empty = 0

    init() throws {
        let data = DemoData(seed: 1)
        peer = try PeerPrometheus(data.series)
        var options = EngineOptions()
        options.compatibility = .prometheus2
        engine = Engine(source: try data.store(), options: options)
    }

    /// Queries whose answer Prometheus leaves open: asked again, it gives another.
    private(set) var undefined = 0
    /// Whether a query may succeed here that fails there, as one may in a later version of the language.
    var allowsMore = false

    /// What the two disagree about; nil when they agree.
    mutating func difference(_ query: QueryTree, _ grid: Grid) -> String? {
        do {
            // Prometheus 2 calls the function by its old name.
            let text = "\(query)".split(separator: "double_exponential_smoothing", omittingEmptySubsequences: false)
                .joined(separator: "holt_winters")
            let theirs = try ask(text, grid)
            let ours: QueryValue
            do {
                ours = try evaluate("\(query)", grid)
            } catch {
                guard case .failed = theirs else { return "fails with \(error), theirs succeeds" }
                failures += 1
                return nil
            }
            if case .failed(let message) = theirs {
                return allowsMore ? nil : "succeeds, theirs fails with \(message)"
            }
            if theirs.isEmpty { empty += 1 }
            guard let first = difference(ours, theirs, query) else { return nil }
            // Prometheus adds up, and chooses among equals, in no fixed order.
            for _ in 0..<5 where difference(ours, try ask(text, grid), query) == nil {
                undefined += 1
                return nil
            }
            return first
        } catch {
            return "\(error)"
        }
    }

    private func difference(_ ours: QueryValue, _ theirs: PeerPrometheus.Answer, _ query: QueryTree) -> String? {
        let text = "\(query)"
        // Where almost equal numbers are subtracted, the digits that are left are those that rounding made.
        let comparison = PeerComparison(margin: 1e-12)
        // The series of a range query are sorted; those of an instant query's range vector need not be.
        if case .matrix(let series) = theirs, query.type == .matrix {
            return comparison.difference(ours, .matrix(series.sorted { $0.labels < $1.labels }))
        }
        if ["topk", "bottomk"].contains(where: text.hasPrefix) {
            guard let found = comparison.difference(ours.sorted, theirs.sorted) else { return nil }
            return comparison.differenceOfValues(ours, theirs).map { "\(found); \($0)" }
        }
        if ["sort(", "sort_desc("].contains(where: text.hasPrefix),
            let found = comparison.differenceOfOrder(ours, theirs)
        {
            return found
        }
        return comparison.difference(ours.sorted, theirs.sorted)
    }

    private func ask(_ text: String, _ grid: Grid) throws -> PeerPrometheus.Answer {
        if grid.count == 0 { return try peer.query(text, at: grid.start) }
        return try peer.query(
            text, from: grid.start, through: grid.start + Int64(grid.count - 1) * grid.step, step: grid.step)
    }

    private func evaluate(_ text: String, _ grid: Grid) throws -> QueryValue {
        let expression = try Parser.parse(text, options: .everything)
        if grid.count == 0 { return try engine.instant(expression, at: grid.start).value }
        let end = grid.start + Int64(grid.count - 1) * grid.step
        return try engine.range(expression, from: grid.start, through: end, step: grid.step).value
    }

    /// A small query and grid about which the two still disagree.
    mutating func shrunk(_ query: QueryTree, _ grid: Grid) -> (QueryTree, Grid) {
        var small = grid
        for count in [0, 1] + Array(2..<max(2, grid.count)) {
            for first in 0..<max(1, grid.count - count) {
                var candidate = grid
                candidate.start += Int64(first) * grid.step
                candidate.count = count
                if count < grid.count, difference(query, candidate) != nil {
                    small = candidate
                    break
                }
            }
            if small.count < grid.count { break }
        }
        var session = self
        let query = query.shrunk { session.difference($0, small) != nil }
        return (query, small)
    }
}

extension QueryValue {
    /// The samples of one time in the order of their labels.
    fileprivate var sorted: QueryValue {
        guard case .vector(let samples) = self else { return self }
        return .vector(samples.sorted { $0.labels < $1.labels })
    }
}

extension PeerPrometheus.Answer {
    fileprivate var sorted: PeerPrometheus.Answer {
        guard case .vector(let series) = self else { return self }
        return .vector(series.sorted { $0.labels < $1.labels })
    }

    fileprivate var isEmpty: Bool {
        switch self {
        case .matrix(let series), .vector(let series): series.isEmpty
        default: false
        }
    }
}
