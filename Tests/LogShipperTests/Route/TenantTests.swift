import TestSupport
import Testing

@testable import LogShipper

@Suite("Tenants")
struct TenantTests {
    private func find(_ table: TenantTable, _ id: String) -> TenantID? {
        Array(id.utf8).withUnsafeBytes { table.find($0) }
    }

    @Test("case 73: ids follow the contract's rule, so that none reaches a header or a path that could break it")
    func rule() {
        let table = TenantTable(defaultTenant: "_none")
        let good = ["a", "A9", "acct-0f3a", "x.y_z", String(repeating: "a", count: 64)]
        let bad = [
            "", "_none", "-a", ".a", "..", "a/b", "../x", "a b", "a\r\nX: y", "a\0", "ä",
            String(repeating: "a", count: 65),
            "a:b", "a%2f",
        ]
        for id in good { #expect(find(table, id) != nil, "\(id)") }
        for id in bad { #expect(find(table, id) == nil, "\(id)") }
        #expect(table.count == good.count + 1)
    }

    @Test("each id keeps its number while the table grows")
    func growth() {
        let table = TenantTable(defaultTenant: "_none")
        for number in 0..<20_000 { #expect(find(table, "t\(number)") == TenantID(number + 1)) }
        for number in stride(from: 0, to: 20_000, by: 7) {
            #expect(find(table, "t\(number)") == TenantID(number + 1))
            #expect(table.name(TenantID(number + 1)) == "t\(number)")
        }
        #expect(table.find("_none") == TenantTable.defaultID)
    }

    @Test("a default tenant whose name is a legal id keeps its number when a line names it")
    func legalDefault() {
        let table = TenantTable(defaultTenant: "nobody")
        #expect(find(table, "nobody") == TenantTable.defaultID)
        #expect(table.find("nobody") == TenantTable.defaultID)
        #expect(find(table, "a") == 1)
        #expect(table.count == 2)
    }

    @Test("case 75: beyond its limit a table gives out the overflow's number, and numbers again once that is empty")
    func full() {
        let table = TenantTable(defaultTenant: "_none", limit: 3)
        #expect(["a", "b", "c", "d", "a", "e", "-"].map { find(table, $0) } == [1, 2, 3, 4, 1, 4, nil])
        #expect(table.overflowID == 4 && table.name(4) == "_overflow" && table.liveCount == 3 && table.isClosed)
        table.release([2])
        #expect(find(table, "d") == 4, "its lines may still wait under the overflow")
        table.reopen()
        #expect(["d", "a", "c", "b", "e"].map { find(table, $0) } == [2, 1, 3, 4, 4])
        #expect(table.name(2) == "d" && table.find("_overflow") == 4)
    }

    @Test("case 75: numbers that are taken back name other tenants, and the table doesn't grow")
    func released() {
        let table = TenantTable(defaultTenant: "_none", limit: 1000)
        for round in 0..<50 {
            let ids = (0..<1000).compactMap { find(table, "t\(round)-\($0)") }
            #expect(Set(ids).count == 1000 && table.count == 1001 && table.isNearlyFull)
            let (gone, kept) = (ids.filter { $0 % 10 != 0 }, ids.filter { $0 % 10 == 0 })
            table.release(gone + [TenantTable.defaultID])
            #expect(table.liveCount == 100 && !table.isNearlyFull)
            for id in kept { #expect(table.find(table.name(id)) == id) }
            table.release(kept)
        }
        #expect(table.find("_none") == TenantTable.defaultID && table.overflowID == .max)
    }
}

@Suite("Timestamp")
struct TimestampTests {
    private func rfc(_ text: String) -> Int64? {
        Array(text.utf8).withUnsafeBytes { Timestamp.nanos(rfc3339: $0) }
    }

    private func epoch(_ text: String) -> Int64? {
        Array(text.utf8).withUnsafeBytes { Timestamp.nanos(epoch: $0) }
    }

    @Test("RFC 3339 with fractions and zones")
    func rfc3339() {
        #expect(rfc("1970-01-01T00:00:00Z") == 0)
        #expect(rfc("2025-11-24T16:00:00.123456Z") == 1_764_000_000_123_456_000)
        #expect(rfc("2025-11-24T16:00:00.1234567899Z") == 1_764_000_000_123_456_789)
        #expect(rfc("2025-11-24 16:00:00z") == 1_764_000_000_000_000_000)
        #expect(rfc("2025-11-24T18:30:00+02:30") == 1_764_000_000_000_000_000)
        #expect(rfc("2024-02-29T12:00:00-01:00") == 1_709_211_600_000_000_000)
    }

    @Test(
        "what is no time gives none",
        arguments: [
            "", "2025-11-24", "2025-13-24T16:00:00Z", "2025-11-24T25:00:00Z", "2025-11-24T16:00:00",
            "1969-12-31T23:00:00Z",
            "9999-01-01T00:00:00Z", "2025-11-24T16:00:00Zx", "2025-11-24T16:00:00+0200", "x025-11-24T16:00:00Z",
        ])
    func invalid(_ text: String) {
        #expect(rfc(text) == nil)
    }

    @Test("epoch numbers, whose unit their size tells")
    func numbers() {
        #expect(epoch("1764000000") == 1_764_000_000_000_000_000)
        #expect(epoch("1764000000.5") == 1_764_000_000_500_000_000)
        #expect(epoch("1764000000123") == 1_764_000_000_123_000_000)
        #expect(epoch("1764000000123456") == 1_764_000_000_123_456_000)
        #expect(epoch("1764000000123456789") == 1_764_000_000_123_456_789)
        for text in ["-1", "nan", "inf", "", "true", "1e400", "99999999999999999999999"] { #expect(epoch(text) == nil) }
    }
}
