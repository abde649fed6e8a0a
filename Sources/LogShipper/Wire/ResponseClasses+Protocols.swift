extension ResponseClasses {
    static let elasticsearch = ResponseClasses(success: [200])
    static let otlp = ResponseClasses(success: [200, 202, 204])
    static let splunk = ResponseClasses(success: [200])
    static let victoriaLogs = ResponseClasses(success: [200, 204])
}
