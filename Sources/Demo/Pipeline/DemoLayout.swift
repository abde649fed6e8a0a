/// Where everything of one demo run is: files in one folder, ports on loopback.
struct DemoLayout: Sendable {
    var directory: String
    var gatewayPort: Int
    var opsPort: Int
    var shipperPort: Int
    var cellPorts: [(name: String, port: Int)]
    var receiverPort: Int

    var gatewayURL: String { "http://127.0.0.1:\(gatewayPort)" }
    var opsURL: String { "http://127.0.0.1:\(opsPort)" }
    var shipperURL: String { "http://127.0.0.1:\(shipperPort)" }

    var logPath: String { "\(directory)/access.jsonl" }
    var rotatedLogPath: String { "\(directory)/access.jsonl.1" }
    var rulesPath: String { "\(directory)/alerts.yaml" }
    var gatewayConfigPath: String { "\(directory)/gateway.yaml" }
    var shipperConfigPath: String { "\(directory)/shipper.yaml" }
    var gatewayOutputPath: String { "\(directory)/gateway.out" }
    var shipperOutputPath: String { "\(directory)/log-shipper.out" }
    var statePath: String { "\(directory)/shipper-state" }

    /// The gateway's configuration: two cells, tenants required, rules once a second.
    var gatewayConfig: String {
        let cells = cellPorts.map { cell in
            let upstream = jsonString("http://127.0.0.1:\(cell.port)")
            return "  - { name: \(cell.name), upstreams: [\(upstream)], health: { path: /health, interval: 1s } }"
        }
        return """
            listen: 127.0.0.1:\(gatewayPort)
            ops: { listen: 127.0.0.1:\(opsPort) }
            tenancy: { required: true, header: X-Tenant-Id }
            access_log: { path: \(jsonString(logPath)) }
            cells:
            \(cells.joined(separator: "\n"))
            rules:
              files: [\(jsonString(rulesPath))]
              interval: 1s
              scrape: [\(jsonString("\(shipperURL)/metrics"))]

            """
    }

    /// The log-shipper's: the log and what it was renamed to, small batches so that the view moves.
    var shipperConfig: String {
        """
        state_dir: \(jsonString(statePath))
        ops: { listen: 127.0.0.1:\(shipperPort) }
        inputs:
          - { paths: [\(jsonString("\(logPath)*"))], tenant_field: tenant, time_field: ts, start_at: beginning }
        outputs:
          - name: receiver
            type: ndjson
            url: \(jsonString("http://127.0.0.1:\(receiverPort)/logs"))
            batch: { max_bytes: 1MiB, max_age: 500ms }
            compression: gzip

        """
    }

    /// Alerts with short times, so that one fault is seen to go pending, to fire and to resolve.
    static let rules = """
        groups:
          - name: demo
            interval: 1s
            rules:
              - alert: CellHighErrorRate
                expr: |
                  sum by (cell) (rate(gateway_requests_total{code=~"5.."}[10s]))
                    / sum by (cell) (rate(gateway_requests_total[10s])) > 0.2
                for: 10s
                labels: { severity: critical }
                annotations:
                  summary: '{{ $value | humanizePercentage }} of the requests of cell {{ $labels.cell }} fail'
              - alert: CellSlow
                expr: |
                  histogram_quantile(0.9, sum by (cell, le) (rate(gateway_request_duration_seconds_bucket[10s]))) > 0.1
                for: 10s
                labels: { severity: warning }
                annotations:
                  summary: 'Cell {{ $labels.cell }} answers slowly, p90 {{ $value | humanizeDuration }}'
              - alert: CellDown
                expr: max by (cell) (gateway_upstream_healthy) == 0
                for: 5s
                labels: { severity: critical }
                annotations:
                  summary: 'Cell {{ $labels.cell }} has no healthy upstream'
              - alert: LogLoss
                expr: sum by (reason) (increase(gateway_log_dropped_total[1m])) > 0
                labels: { severity: critical }
                annotations:
                  summary: 'The gateway drops log lines ({{ $labels.reason }})'

        """
}
