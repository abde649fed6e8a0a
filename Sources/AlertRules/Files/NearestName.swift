import StrictYAML

/// The name among known ones that somebody probably meant; nil when none is near.
public func nearestName(to name: String, among known: [String]) -> String? { NearestName.of(name, among: known) }
