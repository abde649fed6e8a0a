import Locking
import PromQL

/// Rule files, each read once however many test files name it.
final class RuleLibrary: Sendable {
    /// A file, or all that is wrong with it.
    typealias Entry = Result<RuleFile, RuleFileErrors>

    private let options: RuleFile.Options
    private let files = Locked([String: Entry]())
    private let told = Locked(Set<String>())

    init(options: RuleFile.Options) { self.options = options }

    /// The file at a path; two threads that want the same one at once may both read it.
    func load(_ path: String) -> Entry {
        if let known = files.withLock({ $0[path] }) { return known }
        let entry: Entry
        do {
            entry = .success(try RuleFile.load(path: path, options: options))
        } catch {
            entry = .failure(error)
        }
        files.withLock { $0[path] = entry }
        return entry
    }

    /// Whether nothing was said of a file yet: several tests may read it.
    func tellsFirst(_ path: String) -> Bool { told.withLock { $0.insert(path).inserted } }
}
