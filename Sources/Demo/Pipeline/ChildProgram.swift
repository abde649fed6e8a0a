#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A program that the demo started. Its output goes to a file.
///
/// It gets a process group of its own: Ctrl-C in the terminal reaches the demo alone, which then stops the programs
/// one after the other, so that the last log lines still arrive.
final class ChildProgram {
    let name: String
    private let outputPath: String
    private let pid: pid_t
    private var exit: Int32?

    init(name: String, path: String, arguments: [String], outputPath: String) throws(DemoError) {
        self.name = name
        self.outputPath = outputPath
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var argv: [UnsafeMutablePointer<CChar>?] = []
        for argument in [path] + arguments { argv.append(strdup(argument)) }
        argv.append(nil)
        defer { for argument in argv { free(argument) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, path, &actions, &attributes, &argv, environ)
        guard code == 0 else { throw DemoError("cannot start \(path): \(DemoFiles.reason(code))") }
        self.pid = pid
    }

    /// Whether it still runs.
    var isRunning: Bool {
        if exit != nil { return false }
        var status: Int32 = 0
        let result = waitpid(pid, &status, WNOHANG)
        if result == 0 { return true }
        exit = result == pid ? status : -1
        return false
    }

    /// Asks it to end (SIGTERM).
    func terminate() { if isRunning { signalProcess(pid, SIGTERM) } }

    /// Ends it (SIGKILL), the whole group.
    func kill() { if isRunning { signalProcess(-pid, SIGKILL) } }

    /// Why it ended, with the end of what it said.
    func obituary() -> String {
        let tail = String(decoding: DemoFiles.read(outputPath).suffix(2000), as: UTF8.self)
        return "\(name) has stopped (\(reason)). The end of \(outputPath):\n\(tail)"
    }

    private var reason: String {
        guard let exit else { return "still running" }
        let signal = exit & 0x7F
        return signal == 0 ? "exit code \((exit >> 8) & 0xFF)" : "signal \(signal)"
    }
}

private func signalProcess(_ pid: pid_t, _ signal: Int32) { _ = kill(pid, signal) }
