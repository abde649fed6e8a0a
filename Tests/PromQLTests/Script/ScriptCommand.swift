import PromQL
import RegularExpressions
import TimeSeries

/// A promqltest script, read line by line (grammar: Prometheus's promql/promqltest/README.md).
struct Script {
    var commands: [Command] = []

    enum Command {
        case clear
        case load(Load)
        case evaluate(Evaluation)
    }

    struct Load {
        var stepMillis: Int64
        /// Whether classic histograms are converted to native ones as well.
        var convertsHistograms: Bool
        var series: [Line] = []
    }

    /// A series line: labels with the values at successive steps.
    struct Line {
        var labels: Labels
        /// nil is a gap.
        var values: [Sample?]
        /// When counting began, relative to each sample; empty when the script doesn't say.
        var starts: [Int64?] = []
    }

    enum Sample: CustomStringConvertible {
        case number(Double)
        /// A native histogram, and whether its counter reset hint is written there and so compared.
        case histogram(FloatHistogram, hasHint: Bool)

        var description: String {
            switch self {
            case .number(let number): "\(number)"
            case .histogram(let histogram, _): histogram.notation
            }
        }
    }

    struct Evaluation {
        var line: Int
        var expression: String
        var kind: Kind
        var expectation = Expectation()
        var isMalformed: String?

        enum Kind {
            case instant(Int64)
            case range(from: Int64, through: Int64, step: Int64)
        }
    }

    struct Expectation {
        var isOrdered = false
        var failure: Matcher?
        var warnings: [Matcher] = []
        var infos: [Matcher] = []
        var forbidsWarnings = false
        var forbidsInfos = false
        var string: String?
        var scalar: Double?
        var series: [Line] = []
        /// Times of an instant query's range vector.
        var rangeVector: (from: Int64, through: Int64, step: Int64)?
    }

    enum Matcher {
        case anything
        case text(String)
        case regex(String)

        func matches(_ message: String) -> Bool {
            switch self {
            case .anything: true
            case .text(let text): text == message
            case .regex(let pattern):
                (try? LinearRegex(".*(?:" + pattern + ").*"))?.matches(message) ?? false
            }
        }
    }
}
