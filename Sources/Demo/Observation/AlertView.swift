/// An alert as `GET /api/alerts` tells it.
struct AlertView: Equatable, Sendable {
    var name: String
    /// The labels besides the name and the severity, `cell=crm`.
    var subject: String
    /// `pending` or `firing`.
    var state: String
    var summary: String

    var title: String { subject.isEmpty ? name : "\(name){\(subject)}" }

    static func list(_ page: JSONValue) -> [AlertView] {
        (page["alerts"]?.items ?? []).map { alert in
            let labels = alert["labels"]?.members ?? [:]
            let subject = labels.filter { $0.key != "alertname" && $0.key != "severity" }.sorted { $0.key < $1.key }
            return AlertView(
                name: labels["alertname"]?.text ?? "?",
                subject: subject.map { "\($0.key)=\($0.value.text ?? "")" }.joined(separator: ","),
                state: alert["state"]?.text ?? "?", summary: alert["annotations"]?["summary"]?.text ?? "")
        }
    }
}
