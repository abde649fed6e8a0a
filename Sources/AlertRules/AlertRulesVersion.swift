/// The version of `alert-rules`, as `--version` prints it.
public let alertRulesVersion = "0.1.0"
