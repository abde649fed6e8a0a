import CurlHTTP

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A dry run: which files match, where they would be read from, what their first lines are like, and the first request
/// that each output would send. Reads only; sends nothing and writes nothing.
public struct ConfigurationCheck {
    /// What would keep the shipper from working, or a part of its lines from being sent.
    public private(set) var problems: [String] = []

    let configuration: ShipperConfiguration
    private(set) var inputs: [InputSample] = []
    private(set) var previews: [RequestPreview?] = []
    private(set) var codecs: [String] = []
    let tenants: TenantTable

    /// - Parameter lines: how many lines of each input are looked at
    public init(_ configuration: ShipperConfiguration, lines: Int = 100) {
        self.configuration = configuration
        tenants = TenantTable(defaultTenant: configuration.defaultTenant)
        var limits = BatchLimits()
        limits.maxBytes = .max
        let batcher = Batcher(limits: limits)
        checkState()
        let policies = readRules()
        let starts = StartPositions(configuration)
        problems += starts.problems
        for (index, input) in configuration.inputs.enumerated() {
            let router = LineRouter(
                tenants: tenants, batcher: batcher, tenantField: input.tenantField, maxLineBytes: input.maxLineBytes,
                // Some outputs get records as JSON; the sample is what the first one gets.
                rule: input.multiline.flatMap { multiline in
                    configuration.outputs.first.flatMap { try? RecordRule(multiline, for: $0.type) }
                },
                tenantBudget: .max)
            var sample = InputSample(input, router: router, policies: policies, file: FileSerial(index + 1))
            look(at: input, starts, lines, &sample)
            inputs.append(sample)
        }
        checkOutputs(batcher)
    }

    private mutating func look(
        at input: ShipperConfiguration.Input, _ starts: StartPositions, _ lines: Int, _ sample: inout InputSample
    ) {
        let pattern = PathPattern(paths: input.paths, exclude: input.exclude)
        let own = OwnFiles(configuration)
        var seen: Set<FileIdentity> = []
        let files = pattern.look().files.filter { !own.contains($0) && seen.insert($0.identity).inserted }
        for file in files.sorted(by: { $0.path < $1.path }) {
            sample.fileCount += 1
            if sample.files.count < InputSample.shownFiles {
                sample.files.append(
                    InputSample.File(path: file.path, size: file.size, starts: starts.of(file, input)))
            }
            sample.read(file.path, limit: lines)
        }
        sample.finish()
        problems += sample.problems
    }

    private mutating func readRules() -> TenantPolicies? {
        do {
            let salt = try configuration.readSalt(PosixStateFileSystem())
            return try TenantPolicies(configuration.tenantRules, salt: salt) { [tenants] in tenants.name($0) }
        } catch {
            problems.append("\(error)")
            return nil
        }
    }

    private mutating func checkState() {
        do throws(CurlError) {
            _ = try CurlMulti(maxIdleConnections: 1)
        } catch {
            problems.append("\(error)")
        }
        checkDirectory("state_dir", configuration.stateDirectory)
    }

    /// The nearest directory that is there must allow the rest to be made.
    private mutating func checkDirectory(_ key: String, _ directory: String) {
        var path = directory
        while !FileLock.exists(path), let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            path = String(path[..<slash])
        }
        if access(path, W_OK | X_OK) != 0, errno != ENOENT {
            problems.append(SystemError("\(key): cannot write to", path).description)
        }
    }

    private mutating func checkOutputs(_ batcher: Batcher) {
        let busiest = inputs.flatMap { $0.tenants }.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
        let batch = busiest.flatMap { batcher.close($0, name: tenants.name($0), wallNanos: Clock.wallNanos()) }
        let timeFields = Array(Set(configuration.inputs.map(\.timeField))).sorted()
        for output in configuration.outputs {
            do throws(CodecError) {
                let codec = try BodyCodecs.make(output.compression, level: output.compressionLevel)
                codecs.append(codec?.name ?? "no compression")
            } catch {
                codecs.append("none")
            }
            if output.type == .file { checkDirectory("output \(output.name): directory", output.file.directory) }
            for file in output.neededFiles where access(file, R_OK) != 0 {
                problems.append("output \(output.name): \(SystemError("cannot read", file))")
            }
            do {
                // Lines that go into files need no request.
                let batch = output.type == .file ? nil : batch
                previews.append(
                    try batch.map { batch in
                        try RequestPreview(
                            output, Unit(whole: batch), timeFields: timeFields,
                            stateDirectory: configuration.stateDirectory)
                    })
            } catch {
                previews.append(nil)
                problems.append("output \(output.name): \(error)")
            }
        }
    }
}

extension ShipperConfiguration.Output {
    /// Files that hold its secret, its certificates and its keys.
    var neededFiles: [String] {
        [credentials.secretFile, tls.caFile, tls.certificateFile, tls.keyFile].compactMap(\.self) + spool.keyFiles
    }
}
