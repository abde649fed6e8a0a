extension SecretScan {
    /// An address whose `@` takes `width` bytes at `place`.
    ///
    /// - Parameter floor: the local part is not looked for before this, so that a run of them is gone over once.
    func email(at place: Int, width: Int, floor: Int) -> (start: Int, end: Int)? {
        var start = place
        while start > floor, isLocal(start - 1) { start -= 1 }
        guard start < place, var end = domain(place + width) else { return nil }
        // `a@b.example@c.example` is one thing, or its rest would look like an address when it is read again.
        while let next = atWidth(end), let further = domain(end + next) { end = further }
        return (start, end)
    }

    /// How many bytes an `@` takes that stands at an index.
    func atWidth(_ index: Int) -> Int? {
        if at(index) == 0x40 { return 1 }
        return at(index) == 0x25 && at(index + 1) == 0x34 && at(index + 2) == 0x30 ? 3 : nil
    }

    /// Labels with points between, of which the last that counts begins with two letters: where it ends.
    private func domain(_ start: Int) -> Int? {
        var found: Int?
        var index = start
        var labels = 0
        while isLabel(index) {
            let label = index
            var letters = index
            while isTop(letters) { letters += 1 }
            index = letters
            while isLabel(index) { index += 1 }
            if labels > 0, letters - label >= 2, !isDigit(letters) { found = letters }
            labels += 1
            guard at(index) == 0x2e else { break }
            index += 1
        }
        return found
    }

    private func isLocal(_ index: Int) -> Bool {
        isLabel(index) || at(index) == 0x2e || at(index) == 0x5f || at(index) == 0x2b || at(index) == 0x7e
    }

    private func isLabel(_ index: Int) -> Bool { isTop(index) || isDigit(index) || at(index) == 0x2d }

    private func isTop(_ index: Int) -> Bool { isLetter(index) || at(index) >= 0x80 }
}
