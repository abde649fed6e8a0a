import TestSupport

/// Runs a line of Bash in a folder; `$0` is `alert-rules`.
func shell(_ line: String, in folder: TemporaryDirectory) throws -> (status: Int32?, output: String, error: String) {
    try ChildProcess.run(
        "/bin/bash", ["-c", line, try Programs.path("alert-rules")], environment: Programs.environment,
        directory: folder.path, within: 60)
}
