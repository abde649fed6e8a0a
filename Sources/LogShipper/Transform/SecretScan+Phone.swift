extension SecretScan {
    /// An international number whose `+` stands at `start`: where it ends.
    func internationalPhone(_ start: Int) -> Int? {
        guard !isAlphanumeric(start - 1), at(start - 1) != 0x2b else { return nil }
        return phoneDigits(start + 1, least: 7)
    }

    /// A number that starts with the digit at `start`, before which no letter or digit stands: `00` and a country, or North American.
    func phone(_ start: Int, _ end: Int) -> Int? {
        if at(start) == 0x30, at(start + 1) == 0x30 { return phoneDigits(start + 2, least: 9) }
        if end == start + 1, at(start) == 0x31, isSeparator(end) {
            return at(end + 1) == 0x28 ? areaInBrackets(end + 1) : exchange(end + 1)
        }
        return end == start + 3 ? exchange(start) : nil
    }

    /// `(415) 555-2671`, of which the bracket stands at `start`.
    func areaInBrackets(_ start: Int) -> Int? {
        guard !isAlphanumeric(start - 1), isArea(start + 1), at(start + 4) == 0x29 else { return nil }
        let next = at(start + 5) == 0x20 ? start + 6 : start + 5
        return subscriber(next)
    }

    /// A country's code and what follows, 15 digits at most: the longest run of groups.
    private func phoneDigits(_ start: Int, least: Int) -> Int? {
        guard isDigit(start), at(start) != 0x30 else { return nil }
        var found: Int?
        var (index, digits) = (start, 0)
        while isDigit(index) {
            while isDigit(index), digits <= 15 {
                digits += 1
                index += 1
            }
            guard digits <= 15 else { break }
            if digits >= least, !isLetter(index) { found = index }
            // Brackets come with a space or a hyphen.
            for _ in 0..<2 where isSeparator(index) || at(index) == 0x28 || at(index) == 0x29 { index += 1 }
        }
        return found
    }

    private func isSeparator(_ index: Int) -> Bool {
        at(index) == 0x20 || at(index) == 0x2d || at(index) == 0x2e
    }

    private func isArea(_ index: Int) -> Bool {
        isDigit(index) && isDigit(index + 1) && isDigit(index + 2) && at(index) >= 0x32
    }

    private func exchange(_ area: Int) -> Int? {
        isArea(area) && isSeparator(area + 3) ? subscriber(area + 4) : nil
    }

    /// `555-2671`.
    private func subscriber(_ start: Int) -> Int? {
        guard isArea(start), isSeparator(start + 3), digitsEnd(start + 4) == start + 8, !isLetter(start + 8) else {
            return nil
        }
        return start + 8
    }
}
