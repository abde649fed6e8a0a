/// Why the demo cannot go on, in words for the person at the terminal.
struct DemoError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}
