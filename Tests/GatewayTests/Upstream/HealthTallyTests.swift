import Testing

@testable import Gateway

@Suite struct HealthTallyTests {
    private let check = HealthCheck(path: "/h", unhealthyAfter: 2, healthyAfter: 3)

    @Test func `the first check decides, later changes need as many in a row as configured`() {
        var tally = HealthTally()
        #expect(tally.note(isGood: true, check) == .up)
        #expect(tally.note(isGood: false, check) == .up)
        #expect(tally.note(isGood: true, check) == .up)
        #expect(tally.note(isGood: false, check) == .up)
        #expect(tally.note(isGood: false, check) == .down)
        #expect(tally.note(isGood: true, check) == .down)
        #expect(tally.note(isGood: true, check) == .down)
        #expect(tally.note(isGood: true, check) == .up)
    }

    @Test func `a cell is up when one upstream is, down when all are, else unknown`() throws {
        let upstreams = (1...2).map { UpstreamAddress(url: "http://127.0.0.1:\($0)", host: "127.0.0.1", port: $0) }
        let cell = try CellState(CellDefinition(name: "a", upstreams: upstreams, health: check), previous: nil)
        #expect(cell.health.status == .unknown)
        cell.upstreams[0].health = .down
        #expect(cell.health.status == .unknown)
        cell.upstreams[1].health = .down
        #expect(cell.health.status == .down)
        cell.upstreams[1].health = .up
        #expect(cell.health.status == .up)
        #expect(cell.health.checkedAtMillis == nil)
        let next = try CellState(cell.definition, previous: cell)
        #expect(next.upstreams[1] === cell.upstreams[1])
    }
}
