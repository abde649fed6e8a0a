/// What the router met since the counters were last taken.
struct RouteCounters: Equatable {
    /// Bytes of the files that were gone over for the first time.
    var readBytes = 0
    var emptyLines = 0
    var skippedNULs = 0
    /// Lines beyond the limit, whatever became of them.
    var longLines = 0
    /// Those of them that were dropped.
    var droppedLongLines = 0
    /// Records of more than one line.
    var joinedRecords = 0
    /// Lines that are not UTF-8.
    var invalidUTF8 = 0
    var notJSON = 0
    var missingTenant = 0
    var refusedTenant = 0
    var ambiguousTenant = 0
    /// Lines of a file of dead letters that are none.
    var tornLetters = 0
    /// Lines of tenants beyond those that there may be.
    var overflowTenant = 0

    var hasOddities: Bool {
        emptyLines | skippedNULs | longLines | invalidUTF8 | joinedRecords | notJSON | missingTenant | refusedTenant
            | ambiguousTenant | tornLetters | overflowTenant
            != 0
    }

    /// The counters with the label values of `shipper_odd_lines_total`.
    var oddities: [(kind: String, count: Int)] {
        [
            ("empty", emptyLines), ("nul_bytes", skippedNULs), ("too_long", longLines), ("invalid_utf8", invalidUTF8),
            ("joined", joinedRecords), ("not_json", notJSON), ("tenant_missing", missingTenant),
            ("tenant_refused", refusedTenant),
            ("tenant_ambiguous", ambiguousTenant), ("torn_letter", tornLetters),
            ("tenant_overflow", overflowTenant),
        ]
    }
}
