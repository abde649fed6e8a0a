import StrictYAML

/// Where the values stand that name files: what is wrong with a file is found only when it is read.
///
/// The place of a value is no part of it: all are equal.
struct ConfigurationPlaces: Sendable, Equatable {
    private var places: [String: YAMLError] = [:]

    /// Notes where a key is set, or where it would have to be; the place's message is not used.
    mutating func note(_ key: String, _ place: YAMLError) { places[key] = place }

    /// `file:line:column: key: message`; the variable's name instead of the file where it is set by one.
    func problem(_ key: String, _ message: String) -> InvalidValue {
        guard var place = places[key] else { return InvalidValue("\(key): \(message)") }
        place.message = place.line == 0 && place.keyPath.isEmpty ? "\(key): \(message)" : message
        return InvalidValue("\(place)")
    }

    static func == (left: ConfigurationPlaces, right: ConfigurationPlaces) -> Bool { true }
}
