/// The three things the writer does with a file; a test puts faults in their place.
protocol LogFile: AnyObject {
    /// Opens the path for appending and makes it the current file. The old one is closed once the new one is open.
    func open() -> LogFileOpening
    /// Appends to the current file.
    func write(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> LogFileWriting
    /// What the path names now; `nil` if it names nothing.
    func identityOfPath() -> FileIdentity?
}

/// How ``LogFile/open()`` ended.
enum LogFileOpening: Equatable {
    /// Open. `endsInsideLine`: the file has bytes and the last one is no newline.
    case opened(FileIdentity, endsInsideLine: Bool)
    case failed(Int32)
}

/// How ``LogFile/write(_:_:)`` ended.
enum LogFileWriting: Equatable {
    /// So many bytes are in the file; fewer than given is possible.
    case wrote(Int)
    /// Nothing was written: the file has no name any more (it was deleted).
    case deleted
    case failed(Int32)
}
