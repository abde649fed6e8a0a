import AlertRules
import StrictYAML

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What the configuration names: a token, rules, certificates. Blocking; problems say where the file is named.
extension GatewayConfiguration {
    /// - Throws: ``InvalidValue`` with place, key and file.
    func loadToken() throws(InvalidValue) -> String? {
        do {
            return try admin.resolvedToken()
        } catch {
            throw places.problem("admin.token_file", error.message)
        }
    }

    /// - Throws: ``InvalidValue`` with one line a problem.
    func loadRules() throws(InvalidValue) -> RuleSet {
        let (set, problems) = readRules()
        guard problems.isEmpty else { throw InvalidValue(problems.map(\.text).joined(separator: "\n")) }
        return set
    }

    /// What is good of the rule files, and one line for each problem.
    func readRules() -> (rules: RuleSet, problems: [(text: String, isUnreadable: Bool)]) {
        var set = RuleSet()
        var problems: [(text: String, isUnreadable: Bool)] = []
        for file in rules.files {
            do {
                set.groups += try RuleFile.load(path: file).groups
            } catch {
                problems += error.errors.map { error in
                    // Inside of the file its own lines say more.
                    error.line > 0
                        ? ("\(error)", false) : (places.problem("rules.files", "\(error)").message, true)
                }
            }
        }
        return (set, problems)
    }

    /// Reads the certificates, those of cells as well.
    ///
    /// - Throws: ``InvalidValue`` with place, key, file and what is wrong with it.
    func makeTLS() throws(InvalidValue) -> TLSServerContext? {
        for cell in cells where cell.upstreams.contains(where: \.isSecure) {
            do throws(TLSError) {
                _ = try TLSClientContext(cell.transport.options)
            } catch {
                throw places.problem("cells: \(cell.name)", "tls: \(error)")
            }
        }
        guard dataPlane.tls.isEnabled else { return nil }
        do throws(TLSError) {
            return try TLSServerContext(dataPlane.tls.options)
        } catch {
            throw places.problem("tls.certificates", "\(error)")
        }
    }

    /// Who checks may not be who runs, so rights are not looked at.
    ///
    /// - Throws: ``InvalidValue`` when the access log's folder is not there.
    func checkLog() throws(InvalidValue) {
        guard log.path != "-" else { return }
        let folder = log.path.lastIndex(of: "/").map { String(log.path[..<$0]) } ?? "."
        guard access(folder.isEmpty ? "/" : folder, F_OK) == 0 || errno == EACCES else {
            throw places.problem("access_log.path", "\(folder): \(String(cString: strerror(errno)))")
        }
    }

    /// What an operator should know of settings that are accepted.
    var warnings: [String] {
        var warnings = [dataPlane.tenants.shortage(cells: cells.count)].compactMap(\.self)
        if cells.isEmpty, governance.mode == .none {
            warnings.append("cells: none, and no governance: every request will be UNKNOWN_CELL")
        }
        if dataPlane.tls.listen != DataPlaneSettings().tls.listen, !dataPlane.tls.isEnabled {
            warnings.append("tls.listen: without tls.certificates there is no TLS listener")
        }
        for cell in cells {
            if cell.policy.hedging.isEnabled, cell.upstreams.count < 2 {
                warnings.append(
                    places.problem("cells: \(cell.name)", "hedge.enabled with one upstream: there is no second to ask")
                        .message)
            }
            if cell.transport.hasTLSSettings, !cell.upstreams.contains(where: \.isSecure) {
                warnings.append(
                    places.problem("cells: \(cell.name)", "tls is used with https:// upstreams only").message)
            }
            let deadlines = cell.policy.deadlines
            guard deadlines.totalNanos > 0, deadlines.perTryNanos >= deadlines.totalNanos else { continue }
            warnings.append(
                places.problem(
                    "cells: \(cell.name)", "timeouts.try is not below timeouts.total: no attempt follows a slow one"
                ).message)
        }
        return warnings
    }
}
