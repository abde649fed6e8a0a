/// When the groups of a test are evaluated.
///
/// As with promtool every group is evaluated at every step of `evaluation_interval`. Where group intervals are
/// honoured, the steps are the greatest common divisor of all intervals, and each group is evaluated at every n-th.
struct TestClock {
    let schedule: RunSchedule
    /// Each group's distance of evaluations, in steps.
    let strides: [Int]

    /// Why there is no clock.
    struct Failure: Error {
        var message: String
    }

    /// - Parameter endMillis: the last time that matters, relative to the test's start.
    init(
        test: UnitTest, file: UnitTestFile, groups: [RuleGroup], endMillis: Int64, honoursGroupIntervals: Bool
    ) throws(Failure) {
        let intervals = groups.map { group in
            honoursGroupIntervals
                ? group.intervalMillis ?? file.evaluationIntervalMillis : file.evaluationIntervalMillis
        }
        let step = intervals.reduce(file.evaluationIntervalMillis, TestClock.commonDivisor)
        guard
            let schedule = RunSchedule(
                startMillis: test.startMillis, endMillis: test.startMillis.addingClamped(endMillis), stepMillis: step)
        else {
            throw Failure(
                message: "more than \(RunSchedule.maxSteps) evaluations up to the last eval_time: lower that, or raise "
                    + "evaluation_interval")
        }
        self.schedule = schedule
        strides = intervals.map { Int(clamping: $0 / step) }
    }

    private static func commonDivisor(_ left: Int64, _ right: Int64) -> Int64 {
        var (left, right) = (left, right)
        while right != 0 { (left, right) = (right, left % right) }
        return left
    }

    /// The step at which a group was last evaluated before or at a time, milliseconds since the epoch.
    func step(ofGroup group: Int, at millis: Int64) -> Int {
        (schedule.index(atOrBefore: millis) ?? 0) / strides[group] * strides[group]
    }
}
