extension JSONText {
    /// Appends an object of strings; `{tenant}` in a value stands for the tenant.
    static func appendObject(
        _ members: [(name: String, value: String)], tenant: String, to output: GrowableBytes
    ) {
        output.append(0x7b)
        for (index, member) in members.enumerated() {
            if index > 0 { output.append(0x2c) }
            JSONEscape.appendString(member.name, to: output)
            output.append(0x3a)
            JSONEscape.appendString(TenantTemplate.fill(member.value, tenant), to: output)
        }
        output.append(0x7d)
    }
}
