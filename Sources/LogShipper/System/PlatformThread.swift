import Locking

extension PlatformThread {
    /// Starts `body` on a new thread; `name` is for errors.
    convenience init(name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
        do {
            try self.init(body)
        } catch {
            throw SystemError("pthread_create", name, code: error.code)
        }
    }
}
