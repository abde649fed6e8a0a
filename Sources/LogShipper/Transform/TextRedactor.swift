import RegularExpressions

/// Replaces what patterns find in one text. Belongs to one reader's thread; its memory is used again and again.
final class TextRedactor {
    /// What came of a text, valid until the next one; only where `apply` said that something did.
    private(set) var result = GrowableBytes()
    private var spare = GrowableBytes()
    private var hits: [TextHit] = []

    /// What is put in a place of something may make its neighbours look like something; a few rounds settle that.
    private static let maxRounds = 8

    /// Replaces until nothing is found any more, so that doing it again changes nothing.
    ///
    /// - Parameters:
    ///   - active: a bit for each text rule that holds here
    ///   - counts: of what was replaced, by rule
    /// - Returns: whether anything was replaced.
    func apply(
        _ text: UnsafeRawBufferPointer, _ rules: CompiledRules, active: UInt64, _ counts: inout [Int]
    ) -> Bool {
        guard active != 0, find(text, rules, active) else { return false }
        write(text, rules, &counts)
        let limit = text.count * 4 + (64 << 10)
        for _ in 1..<TextRedactor.maxRounds where result.count <= limit {
            guard find(result.bytes, rules, active) else { return true }
            swap(&result, &spare)
            write(spare.bytes, rules, &counts)
        }
        result.count = 0
        result.append(Replacement.mask)
        return true
    }

    private func find(_ text: UnsafeRawBufferPointer, _ rules: CompiledRules, _ active: UInt64) -> Bool {
        hits.removeAll(keepingCapacity: true)
        if !rules.finder.isEmpty { rules.finder.find(in: text, active: active, &hits) }
        for (search, rule) in rules.regexes where active >> UInt64(rule) & 1 == 1 {
            find(text, search, rule)
        }
        if hits.isEmpty { return false }
        hits.removeAll { Replacement.covers(text, $0.start, $0.end) }
        return !hits.isEmpty
    }

    /// Where the pattern has groups, they are what is replaced.
    private func find(_ text: UnsafeRawBufferPointer, _ search: RegexSearch, _ rule: Int) {
        let isComplete = search.forEachMatch(in: text) { groups in
            let wanted = groups.count > 1 ? groups.dropFirst() : groups[...]
            for case let range? in wanted where !range.isEmpty {
                hits.append(TextHit(start: range.lowerBound, end: range.upperBound, rule: rule))
            }
        }
        // Rather all of it than what was not looked at.
        if !isComplete { hits.append(TextHit(start: 0, end: text.count, rule: rule)) }
    }

    /// Writes the text with its hits replaced; those that overlap are one, which is masked if any of them is.
    private func write(_ text: UnsafeRawBufferPointer, _ rules: CompiledRules, _ counts: inout [Int]) {
        hits.sort { ($0.start, -$0.end) < ($1.start, -$1.end) }
        result.count = 0
        var copied = 0
        var index = 0
        while index < hits.count {
            var hit = hits[index]
            index += 1
            while index < hits.count, hits[index].start < hit.end {
                hit.end = max(hit.end, hits[index].end)
                if rules.textRules[hits[index].rule].action == .mask { hit.rule = hits[index].rule }
                index += 1
            }
            result.append(UnsafeRawBufferPointer(rebasing: text[copied..<hit.start]))
            rules.replace(
                UnsafeRawBufferPointer(rebasing: text[hit.start..<hit.end]), rules.textRules[hit.rule].action, result)
            counts[hit.rule] += 1
            copied = hit.end
        }
        result.append(UnsafeRawBufferPointer(rebasing: text[copied...]))
    }
}

extension CompiledRules {
    /// Appends what stands in the place of a text.
    func replace(_ text: UnsafeRawBufferPointer, _ action: TenantRules.Action, _ output: GrowableBytes) {
        if action == .hash, let hash {
            hash.append(text, to: output)
        } else {
            output.append(Replacement.mask)
        }
    }
}
