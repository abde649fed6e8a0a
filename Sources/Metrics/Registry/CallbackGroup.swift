import Exposition

/// One value that a callback gives: label values in the order of the declaration, and the number.
public typealias CallbackSample = ([String], Double)

/// Families whose values are asked for at each scrape, together.
final class CallbackGroup: Sendable {
    let descriptors: [FamilyDescriptor]
    let collect: @Sendable () -> [[CallbackSample]]

    init(_ descriptors: [FamilyDescriptor], collect: @escaping @Sendable () -> [[CallbackSample]]) {
        self.descriptors = descriptors
        self.collect = collect
    }
}
