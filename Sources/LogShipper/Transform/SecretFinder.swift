// Hot path for tenants with patterns: one table look-up for each byte of a text.

/// Finds all built-in patterns that are wanted in one pass over a text.
struct SecretFinder {
    /// What a byte may begin or be the mark of.
    private enum Trigger {
        static let nothing: UInt8 = 0
        static let digit: UInt8 = 1
        static let plus: UInt8 = 2
        static let bracket: UInt8 = 3
        static let at: UInt8 = 4
        static let token: UInt8 = 5
    }

    private let triggers: [UInt8]
    /// The rule of each kind; -1 for kinds nobody wants.
    private var rules = [Int](repeating: -1, count: TenantRules.Secret.allCases.count)

    init(_ wanted: [(secret: TenantRules.Secret, rule: Int)]) {
        var triggers = [UInt8](repeating: Trigger.nothing, count: 256)
        for (secret, rule) in wanted where rules[SecretFinder.number(secret)] < 0 {
            rules[SecretFinder.number(secret)] = rule
            switch secret {
            case .card, .ipv4, .iban: break
            case .phone:
                triggers[0x2b] = Trigger.plus
                triggers[0x28] = Trigger.bracket
            case .email:
                triggers[0x40] = Trigger.at
                triggers[0x25] = Trigger.at
                continue
            case .jwt:
                triggers[0x65] = Trigger.token
                continue
            }
            for digit in 0x30...0x39 { triggers[digit] = Trigger.digit }
        }
        self.triggers = triggers
    }

    var isEmpty: Bool { rules.allSatisfy { $0 < 0 } }

    private static func number(_ secret: TenantRules.Secret) -> Int {
        switch secret {
        case .card: 0
        case .phone: 1
        case .email: 2
        case .ipv4: 3
        case .iban: 4
        case .jwt: 5
        }
    }

    /// The rule of a kind if it is active.
    @inline(__always)
    private func rule(_ secret: TenantRules.Secret, _ active: UInt64) -> Int? {
        let rule = rules[SecretFinder.number(secret)]
        return rule >= 0 && active >> UInt64(rule) & 1 == 1 ? rule : nil
    }

    /// Appends what is found, from left to right and without overlaps.
    ///
    /// - Parameter active: a bit for each rule that holds here
    func find(in text: UnsafeRawBufferPointer, active: UInt64, _ hits: inout [TextHit]) {
        guard let base = text.baseAddress else { return }
        let scan = SecretScan(base: base, count: text.count)
        var index = 0
        // Where the local part of the next address may begin at the earliest.
        var floor = 0
        triggers.withUnsafeBufferPointer { triggers in
            while index < text.count {
                let trigger = triggers[Int(base.load(fromByteOffset: index, as: UInt8.self))]
                if trigger == Trigger.nothing {
                    index &+= 1
                    continue
                }
                let (hit, next) = look(trigger, scan, index, &floor, active)
                index = next
                guard var hit else { continue }
                // An address reaches back over what was found in its local part.
                while let last = hits.last, last.end > hit.start {
                    hit.start = min(hit.start, last.start)
                    hits.removeLast()
                }
                hits.append(hit)
            }
        }
    }

    /// What stands at an index, and where to go on.
    private func look(
        _ trigger: UInt8, _ scan: SecretScan, _ index: Int, _ floor: inout Int, _ active: UInt64
    ) -> (TextHit?, Int) {
        var hit: TextHit?
        var next = index + 1
        switch trigger {
        case Trigger.digit:
            next = scan.digitsEnd(index)
            hit = number(scan, index, next, active)
        case Trigger.plus:
            if let rule = rule(.phone, active), let end = scan.internationalPhone(index) {
                hit = TextHit(start: index, end: end, rule: rule)
            }
        case Trigger.bracket:
            if let rule = rule(.phone, active), let end = scan.areaInBrackets(index) {
                hit = TextHit(start: index, end: end, rule: rule)
            }
        case Trigger.token:
            if let rule = rule(.jwt, active), let end = scan.token(index) {
                hit = TextHit(start: index, end: end, rule: rule)
            }
        default:
            guard let width = scan.atWidth(index) else { break }
            if let rule = rule(.email, active), let found = scan.email(at: index, width: width, floor: floor) {
                hit = TextHit(start: found.start, end: found.end, rule: rule)
            }
            next = index + width
            floor = hit?.end ?? next
        }
        return (hit, hit?.end ?? next)
    }

    /// What the run of digits from `start` to `end` begins or belongs to.
    private func number(_ scan: SecretScan, _ start: Int, _ end: Int, _ active: UInt64) -> TextHit? {
        if let rule = rule(.iban, active), let found = scan.account(start) {
            return TextHit(start: found.start, end: found.end, rule: rule)
        }
        // Most numbers are short, or parts of ids, and cost nothing more.
        guard !scan.isAlphanumeric(start - 1), !scan.isLetter(end) else { return nil }
        if let rule = rule(.card, active), end - start >= 13 || scan.isGrouped(end), let found = scan.card(start) {
            return TextHit(start: start, end: found, rule: rule)
        }
        if let rule = rule(.ipv4, active), scan.at(end) == 0x2e, let found = scan.address(start) {
            return TextHit(start: start, end: found, rule: rule)
        }
        if let rule = rule(.phone, active), let found = scan.phone(start, end) {
            return TextHit(start: start, end: found, rule: rule)
        }
        return nil
    }
}
