import TimeSeries

/// A binary operator where a sample on either side is a native histogram.
struct HistogramOperation {
    let node: BinaryOperation
    let evaluation: Evaluation

    /// A sample.
    enum Operand {
        case number(Double)
        case histogram(FloatHistogram)

        var name: String {
            switch self {
            case .number: "float"
            case .histogram: "histogram"
            }
        }

        init?(_ column: Column, _ step: Int) {
            if let histogram = column.histogram(step) {
                self = .histogram(histogram)
            } else if column.values[step].isStaleMarker {
                return nil
            } else {
                self = .number(column.values[step])
            }
        }
    }

    /// What becomes of two samples.
    enum Outcome {
        case histogram(FloatHistogram)
        /// The answer of a comparison, and the histogram that it keeps.
        case comparison(Bool, FloatHistogram)
        /// No sample.
        case nothing
    }

    /// Computes one pair of which at least one is a histogram, or which is trimmed.
    func apply(_ left: Operand, _ right: Operand) -> Outcome {
        switch (left, right) {
        case (.histogram(let one), .histogram(let other)): return both(one, other) ?? unfit(left, right)
        case (.histogram(let histogram), .number(let number)): return scaled(histogram, number) ?? unfit(left, right)
        case (.number(let number), .histogram(let histogram)) where node.operation == .multiply:
            return scaled(histogram, number) ?? unfit(left, right)
        default: return unfit(left, right)
        }
    }

    private func scaled(_ histogram: FloatHistogram, _ number: Double) -> Outcome? {
        var result = histogram
        switch node.operation {
        case .multiply: result.multiply(by: number)
        case .divide: result.divide(by: number)
        case .trimUpper: result.trim(at: number, keepsLower: true)
        case .trimLower: result.trim(at: number, keepsLower: false)
        default: return nil
        }
        return .histogram(result.compacted)
    }

    private func both(_ left: FloatHistogram, _ right: FloatHistogram) -> Outcome? {
        switch node.operation {
        case .equal: return .comparison(left == right, left)
        case .notEqual: return .comparison(left != right, left)
        case .add, .subtract:
            var result = left
            let adds = node.operation == .add
            guard let notes = try? adds ? result.add(right) : result.subtract(right) else {
                remark(
                    .warning,
                    "incompatible bucket layout encountered for binary operator \(node.operation.rawValue)")
                return .nothing
            }
            if !adds { result.hint = .gauge }
            let name = adds ? "addition" : "subtraction"
            if notes.hintsConflict {
                remark(.warning, "conflicting counter resets during histogram \(name)")
            }
            if notes.boundsWereReconciled {
                remark(.info, "mismatched custom buckets were reconciled during \(name)")
            }
            return .histogram(result.compacted)
        default: return nil
        }
    }

    private func unfit(_ left: Operand, _ right: Operand) -> Outcome {
        let symbol = node.operation.rawValue
        remark(
            .info,
            "incompatible sample types encountered for binary operator \(Labels.quoted(symbol)): \(left.name) "
                + "\(symbol) \(right.name)")
        return .nothing
    }

    private func remark(_ severity: Annotation.Severity, _ message: String) {
        evaluation.remark(severity, message, Expression.binary(node).source)
    }

    /// Computes the steps at which a side has a histogram (for trimming: all steps) into a result column.
    func apply(_ left: Column, _ right: Column, into out: inout Column) {
        for step in out.values.indices {
            guard left.shared(step) != nil || right.shared(step) != nil || node.operation.isTrim,
                let one = Operand(left, step), let other = Operand(right, step)
            else { continue }
            switch apply(one, other) {
            case .histogram(let histogram): out.set(histogram, step)
            case .comparison(let holds, let histogram):
                if node.returnsBool {
                    out.values[step] = holds ? 1 : 0
                } else if holds {
                    out.set(histogram, step)
                }
            case .nothing: out.clear(step)
            }
        }
    }
}

extension BinaryOperator {
    /// Whether this cuts off a part of native histograms.
    var isTrim: Bool { self == .trimUpper || self == .trimLower }
}
