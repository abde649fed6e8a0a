import AlertRules
import ArgumentParser

/// What users of promtool type, and what others mistype.
enum Usage {
    /// The arguments without a word of promtool's command in front, as in `check rules FILE`; it stays when it is all
    /// that is given, or a file.
    static func withoutPromtoolsWord(_ word: String, _ arguments: [String]) -> [String] {
        guard arguments.count > 1, arguments[0] == word, !Terminal.exists(word) else { return arguments }
        return Array(arguments.dropFirst())
    }

    /// A message when the first argument looks like a command and is none.
    static func unknownCommand(_ arguments: [String], among commands: [any ParsableCommand.Type]) -> String? {
        let names = commands.compactMap { $0.configuration.commandName }
        guard let word = arguments.first, !word.hasPrefix("-"), word != "help", !names.contains(word) else {
            return nil
        }
        let nearest = nearestName(to: word, among: names).map { "; did you mean '\($0)'?" }
        return "there is no command '\(word)'" + (nearest ?? "; there are \(names.joined(separator: ", "))")
    }
}
