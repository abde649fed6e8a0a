/// SipHash-1-3 (Aumasson and Bernstein 2012) with a secret key: table keys of outside bytes that nobody can aim at a
/// place or at another's bucket. Pure; all loops use the same key.
struct LimitKeyHash {
    /// What a key stands for, so that a tenant called as an address is another key.
    enum Domain: UInt8 {
        case tenant = 1
        case address = 2
    }

    private let first: UInt64
    private let second: UInt64

    init(_ first: UInt64, _ second: UInt64) {
        self.first = first
        self.second = second
    }

    /// Of a tenant's id; `rule` tells limits apart that count the same tenant.
    func tenant(_ id: Span<UInt8>, rule: UInt32 = 0) -> UInt64 {
        var state = SipState(first, second)
        state.absorb(Self.header(.tenant, rule, id.count))
        var index = 0
        while index < id.count {
            var word: UInt64 = 0
            for offset in 0..<min(8, id.count - index) { word |= UInt64(id[index + offset]) &<< UInt64(8 * offset) }
            state.absorb(word)
            index += 8
        }
        return state.finish()
    }

    /// Of a client's address in 128 bits, IPv4 as IPv4-mapped (::ffff:a.b.c.d). An IPv6 client can choose among the
    /// addresses of its /64, so that is what counts.
    func address(high: UInt64, low: UInt64, rule: UInt32 = 0) -> UInt64 {
        let isIPv4 = high == 0 && low &>> 32 == 0xFFFF
        var state = SipState(first, second)
        state.absorb(Self.header(.address, rule, 16))
        state.absorb(high)
        state.absorb(isIPv4 ? low : 0)
        return state.finish()
    }

    private static func header(_ domain: Domain, _ rule: UInt32, _ count: Int) -> UInt64 {
        UInt64(domain.rawValue) &<< 56 | UInt64(rule) &<< 24 | UInt64(count & 0xFF_FFFF)
    }
}
