import Exposition
import GatewayMetrics
import TestSupport
import Testing

@testable import Gateway

@Suite("Connection and duration metrics")
struct ConnectionMetricsTests {
    private static let request = "GET /api/v1/erp/x HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: acme\r\n"

    @Test("connections of clients and to upstreams are counted while they are there")
    func connections() throws {
        let upstream = try ScriptedUpstream.echo()
        let plane = try PlaneFixture(upstreams: [upstream.port])
        let label = "cell=\"erp\",upstream=\"127.0.0.1:\(upstream.port)\""
        let idle = "gateway_upstream_connections{\(label),state=\"idle\"}"
        let first = try plane.client()
        let second = try plane.client()
        first.send(Self.request + "\r\n")
        #expect(first.response()?.status == 200)
        #expect(plane.metric("gateway_connections_open{listener=\"data\"}", becomes: 2))
        #expect(plane.metric("gateway_connections_accepted_total{listener=\"data\"}") == 2)
        #expect(plane.metric(idle, becomes: 1))
        #expect(plane.metric("gateway_upstream_connections{\(label),state=\"active\"}") == 0)
        second.send("GET /api/v1/erp/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(second.response()?.status == 200)
        #expect(second.isClosed())
        #expect(plane.metric("gateway_connections_open{listener=\"data\"}", becomes: 1))
        plane.apply([])
        #expect(eventually { plane.metric(idle) == nil })
        plane.stop()
    }

    @Test("the ops listener counts its connections, too")
    func operations() async throws {
        let registry = MetricsRegistry(shards: 0)
        let io = try IOLoop()
        let server = LocalServer(
            listen: SocketEndpoint(host: "127.0.0.1", port: 0), io: io, handler: .none,
            metrics: try GatewayMetricSet(registry: registry))
        let client = try RawClient(port: try server.start().port)
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(client.response()?.status == 404)
        let text = String(decoding: registry.render(.prometheusText004), as: UTF8.self)
        #expect(text.contains("gateway_connections_open{listener=\"ops\"} 1\n"))
        await server.drain(deadlineNanos: 0).get()
        io.stop()
    }

    @Test("a sampled request leaves its trace on its bucket, another one does not")
    func exemplars() throws {
        let upstream = try ScriptedUpstream.echo()
        let plane = try PlaneFixture(upstreams: [upstream.port])
        let trace = "0af7651916cd43dd8448eb211c80319c"
        let client = try plane.client()
        client.send(Self.request + "traceparent: 00-\(trace)-b7ad6b7169203331-00\r\n\r\n")
        #expect(client.response()?.status == 200)
        let count = "gateway_request_duration_seconds_count{tenant=\"acme\",cell=\"erp\"}"
        #expect(plane.metric(count, becomes: 1))
        #expect(!plane.openMetrics().contains(trace))
        client.send(Self.request + "traceparent: 00-\(trace)-b7ad6b7169203331-01\r\n\r\n")
        #expect(client.response()?.status == 200)
        #expect(plane.metric(count, becomes: 2))
        #expect(plane.openMetrics().contains(#"# {trace_id="\#(trace)",span_id="b7ad6b7169203331"}"#))
        plane.stop()
    }

    @Test("of many ordinary requests few give an exemplar, every slow one does")
    func exemplarRate() {
        var pace = ExemplarPace(nanos: 10_000_000)
        func keeps(_ duration: Int64, _ now: Int64) -> Bool {
            guard pace.allows(duration, now: now) else { return false }
            pace.note(now: now)
            return true
        }
        #expect((0..<1_000).filter { keeps(1_000_000, Int64($0) * 1_000_000) }.count == 100)
        #expect((0..<10).allSatisfy { keeps(200_000_000, 1_000_000_000 + Int64($0)) })
    }

    @Test("ids of a trace are read from its bytes")
    func identity() {
        let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03"
        let bytes = Array(("GET / HTTP/1.1\r\nHost: a\r\ntraceparent: \(header)\r\n\r\n").utf8)
        var parser = RequestHeadParser(limits: MessageLimits(), tenantHeader: "X-Tenant-Id")
        #expect((try? parser.parse(bytes.span)) == true)
        var random = FastRandom(seed: 1, 2)
        var identity = RequestIdentity()
        var (isSampled, trace, span) = (identity.isSampled, identity.traceID, identity.spanID)
        #expect(!isSampled && trace == (0, 0) && span == 0)
        identity.adopt(bytes.span, parser.head.fields, &random)
        (isSampled, trace, span) = (identity.isSampled, identity.traceID, identity.spanID)
        #expect(isSampled)
        #expect(trace == (0x0af7_6519_16cd_43dd, 0x8448_eb21_1c80_319c))
        #expect(span == 0xb7ad_6b71_6920_3331)
        var copy = RequestIdentity()
        copy.make(&random)
        copy.adopt(identity)
        let hasSameID = copy.requestID.elementsEqual(identity.requestID)
        identity.make(&random)
        let (copiedCount, copiedTrace, copiedSpan) = (copy.requestID.count, copy.traceID, copy.spanID)
        #expect(hasSameID && copiedCount == 32 && copiedTrace == trace && copiedSpan == span)
        (isSampled, trace) = (identity.isSampled, identity.traceID)
        #expect(isSampled && trace != (0, 0))
    }
}
