/// `strings.Title`: the first letter of every word in upper case.
enum TextCase {
    static func title(_ text: String) -> String {
        var out = ""
        var isInWord = false
        for character in text {
            out += isInWord ? String(character) : character.uppercased()
            isInWord = character.isLetter || character.isNumber || character == "_" || character == "'"
        }
        return out
    }
}
