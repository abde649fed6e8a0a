import Locking

/// The data plane for those who are made before it.
final class PlaneReference: Sendable {
    private let plane = Locked<DataPlane?>(nil)

    init() {}

    func set(_ plane: DataPlane) { self.plane.withLock { $0 = plane } }

    /// Returns what is wrong with cells that cannot be taken.
    func apply(_ cells: [CellDefinition]) -> [String] { plane.withLock { $0 }?.apply(cells: cells) ?? [] }

    func apply(settings: DataPlaneSettings, tls: TLSServerContext?) {
        plane.withLock { $0 }?.apply(settings: settings, tls: tls)
    }

    func health() -> [CellHealth] { plane.withLock { $0 }?.health() ?? [] }
}

/// One line for operators that comes and goes.
final class NoteSlot: Sendable {
    private let note = Locked<String?>(nil)

    init() {}

    /// True when the line appeared or vanished, or on the very first call with none.
    func replace(_ text: String?) -> Bool {
        note.withLock { note in
            defer { note = text }
            return (note == nil) != (text == nil)
        }
    }

    var lines: [String] { note.withLock { $0.map { [$0] } ?? [] } }
}
