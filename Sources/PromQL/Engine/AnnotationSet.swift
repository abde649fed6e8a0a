/// Annotations of a query in the order of their first appearance, each once, bounded in number.
struct AnnotationSet {
    private var seen: Set<Annotation> = []
    private(set) var list: [Annotation] = []
    private static let most = 1000

    mutating func insert(_ annotation: Annotation) {
        if list.count < AnnotationSet.most, seen.insert(annotation).inserted { list.append(annotation) }
    }
}
