/// The files of an output of the type `file`: each holds one tenant's lines of one day, as they were read. Belongs to the
/// sender's thread.
///
/// A batch is one gzip member (or zstd frame) for each of the few days that its lines are of, appended and synced before it
/// counts as delivered. A file is only appended to by the run that created it, so what a crash leaves at a file's end is never
/// followed by anything; a write that fails is taken back.
final class Archive {
    /// How many files of one tenant and day are looked for before it is an error.
    static let maxNumber = 100_000
    /// The most days of one batch, its own left aside.
    static let maxDays = 8
    /// How many files are written to before they are synced and closed.
    static let maxOpenFiles = 64
    /// The most files that are remembered as open for more; others go on under the next number.
    static let maxPartitions = 65_536

    struct Options: Sendable {
        var directory: String
        var path: ArchivePath
        var maxFileBytes: Int
        /// Days of which files are kept; nil for ever.
        var keepDays: Int?
    }

    private struct Partition: Hashable {
        var tenant: String
        var day: Int
    }

    /// A file that takes more.
    private struct Part {
        var path: String
        var number: Int
        var size: Int
    }

    /// A file that was written to and is not synced yet.
    private struct Dirty {
        var descriptor: Int32
        var partition: Partition
        var part: Part
        var isNew: Bool
        var units: [Int]
    }

    private let options: Options
    private let codec: (any BodyCodec)?
    private let system: any ArchiveFileSystem
    private let fields: TimedFields
    private var parts: [Partition: Part] = [:]
    private let plain = GrowableBytes(capacity: 64 << 10)
    private let packed = GrowableBytes()
    private var sweptDay: Int?
    private var today = 0
    /// Files of the group that is being stored, by what they hold.
    private var dirty: [Partition: Dirty] = [:]
    /// Files of that group that end in half a member: they get no more, but what stands before it may still be synced.
    private var broken: [Dirty] = []

    /// - Parameter timeFields: top-level keys that may hold a line's time; lines without one are of the batch's day.
    init(
        _ options: Options, codec: (any BodyCodec)?, timeFields: [String],
        system: any ArchiveFileSystem = PosixArchiveFileSystem()
    ) {
        self.options = options
        self.codec = codec
        self.system = system
        fields = TimedFields(timeFields: timeFields)
    }

    /// - Throws: ``ArchiveTemplateError`` for a path that the configuration would have refused.
    convenience init(
        _ options: ShipperConfiguration.FileOptions, codec: (any BodyCodec)?, timeFields: [String]
    ) throws(ArchiveTemplateError) {
        let path = try ArchivePath(options.path)
        self.init(
            Options(
                directory: options.directory, path: path, maxFileBytes: options.maxFileBytes,
                keepDays: options.keepDays),
            codec: codec, timeFields: timeFields)
    }

    /// Appends units and syncs the files. Returns an error for each that is not durable; such a unit may be stored in
    /// part, and is to be stored again.
    func store(_ units: [Unit]) -> [(any Error)?] {
        var errors = [(any Error)?](repeating: nil, count: units.count)
        for (index, unit) in units.enumerated() {
            do { try store(unit, index) } catch { errors[index] = error }
            if dirty.count + broken.count >= Archive.maxOpenFiles { sync(&errors) }
        }
        sync(&errors)
        return errors
    }

    /// Makes what was written durable, and closes the files.
    private func sync(_ errors: inout [(any Error)?]) {
        for file in Array(dirty.values) + broken {
            do throws(SystemError) {
                try system.sync(file.descriptor)
                if file.isNew { try system.syncNames(file.part.path, below: options.directory) }
            } catch {
                // What the file holds now is not known: it gets no more.
                parts[file.partition] = nil
                for unit in file.units { errors[unit] = errors[unit] ?? error }
            }
            system.close(file.descriptor)
        }
        dirty.removeAll(keepingCapacity: true)
        broken.removeAll()
    }

    /// The lines of each day as one member. Lines may say any day, so there are few days in a batch, or one tenant could
    /// have any number of files made: what is of further ones stands with the batch's own day.
    private func store(_ unit: Unit, _ index: Int) throws {
        noteDay(Archive.day(unit.batch.closedWallNanos))
        var days = [today]
        var dayOfLine: [Int] = []
        dayOfLine.reserveCapacity(unit.lineCount)
        unit.forEachLine { _, line in
            let day = day(of: line)
            if !days.contains(day), days.count <= Archive.maxDays { days.append(day) }
            dayOfLine.append(days.contains(day) ? day : today)
        }
        for day in days where dayOfLine.contains(day) {
            var line = 0
            plain.count = 0
            unit.forEachLine { _, bytes in
                if dayOfLine[line] == day {
                    plain.append(bytes)
                    plain.append(0x0a)
                }
                line += 1
            }
            try flush(unit, index, day)
        }
    }

    /// Files of past days are not remembered: late lines of theirs go on under the next number.
    private func noteDay(_ day: Int) {
        guard day != today else { return }
        today = day
        parts = parts.filter { $0.key.day >= day - 1 }
    }

    /// A day in the future or before 2000 is an error in the line, and would make any number of files.
    private func day(of line: UnsafeRawBufferPointer) -> Int {
        fields.fields.find(line)
        guard let nanos = fields.nanos(in: line) else { return today }
        let day = Archive.day(nanos)
        return day >= 10_957 && day <= today + 1 ? day : today
    }

    static func day(_ nanos: Int64) -> Int { Int(max(0, nanos) / 86_400_000_000_000) }

    static func date(_ day: Int) -> String {
        let text = GrowableBytes()
        DecimalText.appendDate(daysSinceEpoch: day, to: text)
        return String(decoding: text.bytes, as: UTF8.self)
    }

    private func flush(_ unit: Unit, _ index: Int, _ day: Int) throws {
        defer { plain.count = 0 }
        packed.count = 0
        if let codec { try codec.compress(plain.bytes, into: packed) } else { packed.append(plain.bytes) }
        let partition = Partition(tenant: unit.batch.tenantName, day: day)
        var file = try dirty.removeValue(forKey: partition) ?? open(partition)
        do throws(SystemError) {
            try system.append(file.descriptor, packed.bytes)
        } catch {
            takeBack(file)
            throw error
        }
        file.part.size += packed.count
        if file.units.last != index { file.units.append(index) }
        dirty[partition] = file
        parts[partition] = file.part.size >= options.maxFileBytes ? nil : file.part
    }

    /// A write failed: what it may have written goes away, or the file gets no more.
    private func takeBack(_ file: Dirty) {
        if (try? system.truncate(file.descriptor, to: file.part.size)) != nil {
            dirty[file.partition] = file
        } else {
            parts[file.partition] = nil
            broken.append(file)
        }
    }

    private func open(_ partition: Partition) throws(SystemError) -> Dirty {
        if let part = parts[partition] {
            if let descriptor = try? system.openForAppending(part.path) {
                return Dirty(descriptor: descriptor, partition: partition, part: part, isNew: false, units: [])
            }
            // Somebody took it away: what was in it was theirs to take.
            parts[partition] = nil
        }
        if parts.count >= Archive.maxPartitions { parts.removeAll() }
        for number in 0..<Archive.maxNumber {
            let path = options.path.path(tenant: partition.tenant, date: Archive.date(partition.day), number: number)
            let whole = "\(options.directory)/\(path)"
            if let descriptor = try system.create(whole, below: options.directory) {
                let part = Part(path: whole, number: number, size: 0)
                return Dirty(descriptor: descriptor, partition: partition, part: part, isNew: true, units: [])
            }
        }
        throw SystemError("open", "\(options.directory): too many files of one tenant and day", code: 17)
    }

    /// Removes files of days that are over, once a day.
    ///
    /// A day is over when it is more than `keepDays` before both today and the newest file's day, so that a clock that
    /// jumps ahead removes nothing that was kept before.
    func sweep(nowWallNanos: Int64) throws(SystemError) {
        let today = Archive.day(nowWallNanos)
        guard let keepDays = options.keepDays, sweptDay != today else { return }
        sweptDay = today
        var found: [(path: String, date: String)] = []
        collect(options.directory, depth: 0, date: nil, &found)
        guard let newest = found.map(\.date).max() else { return }
        let cutoff = Archive.date(max(0, today - keepDays))
        let newestDay = Archive.daysSinceEpoch(newest)
        let bound = min(cutoff, Archive.date(max(0, newestDay - keepDays)))
        for file in found where file.date < bound {
            try system.remove(file.path)
            let parents = PosixArchiveFileSystem.parents(of: file.path, below: options.directory)
            for parent in parents.dropFirst().reversed() { system.removeDirectory(parent) }
        }
        parts = parts.filter { Archive.date($0.key.day) >= bound }
    }

    private func collect(
        _ directory: String, depth: Int, date: String?, _ found: inout [(path: String, date: String)]
    ) {
        for entry in system.list(directory) {
            let (isMatch, ownDate) = options.path.matches(entry.name, depth: depth)
            guard isMatch else { continue }
            let path = "\(directory)/\(entry.name)"
            let isFile = depth == options.path.components.count - 1
            if isFile, !entry.isDirectory, let date = ownDate ?? date {
                found.append((path, date))
            } else if !isFile, entry.isDirectory {
                collect(path, depth: depth + 1, date: ownDate ?? date, &found)
            }
        }
    }

    private static func daysSinceEpoch(_ date: String) -> Int {
        let parts = date.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3, (1970...9999).contains(parts[0]) else { return 0 }
        return Timestamp.daysSinceEpoch(parts[0], max(1, min(12, parts[1])), max(1, min(31, parts[2])))
    }
}
