import Foundation

/// Starts programs by `posix_spawn`. Foundation's `Process` reads beyond its memory when more than 1,350 descriptors are
/// open (it copies whole `dirent` values out of `readdir`'s buffer), which the address sanitizer ends a run for.
enum Spawning {
    private typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
    private typealias ChangeDirectory =
        @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, UnsafePointer<CChar>) -> Int32

    /// Starts a program with no descriptor of ours, no signal blocked and a process group of its own.
    ///
    /// - Parameters:
    ///   - environment: All of it.
    ///   - outputs: The files that its descriptors 1 and 2 write to.
    /// - Returns: Its process id.
    static func start(
        _ executable: String, _ arguments: [String], environment: [String: String], directory: String?,
        outputs: [String]
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for (index, path) in outputs.enumerated() {
            posix_spawn_file_actions_addopen(&actions, Int32(index + 1), path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        }
        // GNU extensions, which Swift does not see.
        _ = function("posix_spawn_file_actions_addclosefrom_np", CloseFrom.self)(&actions, 3)
        if let directory {
            _ = function("posix_spawn_file_actions_addchdir_np", ChangeDirectory.self)(&actions, directory)
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))

        var pid: pid_t = 0
        let code = withCStrings([executable] + arguments) { argv in
            withCStrings(environment.map { "\($0)=\($1)" }) { envp in
                posix_spawn(&pid, executable, &actions, &attributes, argv, envp)
            }
        }
        guard code == 0 else {
            throw CocoaError(.executableLoad, userInfo: [NSFilePathErrorKey: executable, "errno": code])
        }
        return pid
    }

    private static func function<Function>(_ name: String, _: Function.Type) -> Function {
        guard let address = dlsym(nil, name) else { preconditionFailure("\(name) needs glibc 2.34 or later") }
        return unsafeBitCast(address, to: Function.self)
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) } + [nil]
        defer { for copy in copies { free(copy) } }
        return body(copies)
    }
}
