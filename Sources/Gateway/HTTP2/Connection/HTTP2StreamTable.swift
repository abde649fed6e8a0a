/// The open streams by identifier: open addressing with linear probing, no allocation in the steady state.
///
/// Hot path: benchmark `gateway`. Identifiers of one side count up by two, so half the identifier is a perfect hash
/// until streams live long. A place is valid until the next insertion or removal.
struct HTTP2StreamTable: ~Copyable {
    private static let smallestPlaces = 8

    /// Their number is a power of two, at most half of them taken.
    private var places = [HTTP2Stream](repeating: HTTP2Stream(), count: smallestPlaces)
    private(set) var count = 0

    init() {}

    /// The stream at a place.
    @inline(__always)
    subscript(place: Int) -> HTTP2Stream {
        get { places[place] }
        _modify { yield &places[place] }
    }

    /// For walks over all of them; free places have identifier 0.
    var placeCount: Int { places.count }

    /// Where a stream is.
    @inline(__always)
    func find(_ id: UInt32) -> Int? {
        guard id != 0 else { return nil }
        let mask = places.count &- 1
        var place = home(id, mask)
        while places[place].id != id {
            if places[place].id == 0 { return nil }
            place = (place &+ 1) & mask
        }
        return place
    }

    /// Adds a stream that is not there yet; gives its place.
    @discardableResult
    mutating func insert(_ stream: HTTP2Stream) -> Int {
        if count &* 2 >= places.count { resize(places.count * 2) }
        count &+= 1
        return put(stream)
    }

    /// Removes the stream at a place and closes the gap.
    mutating func remove(_ place: Int) {
        let mask = places.count &- 1
        var gap = place
        var next = (place &+ 1) & mask
        while places[next].id != 0 {
            let home = home(places[next].id, mask)
            // The stream may move into the gap unless its home lies behind the gap.
            if (next &- home) & mask >= (next &- gap) & mask {
                places[gap] = places[next]
                gap = next
            }
            next = (next &+ 1) & mask
        }
        places[gap] = HTTP2Stream()
        count &-= 1
        if count == 0, places.count > 256 { resize(Self.smallestPlaces) }
    }

    @inline(__always)
    private func home(_ id: UInt32, _ mask: Int) -> Int { Int(id &>> 1) & mask }

    @inline(__always)
    private mutating func put(_ stream: HTTP2Stream) -> Int {
        let mask = places.count &- 1
        var place = home(stream.id, mask)
        while places[place].id != 0 { place = (place &+ 1) & mask }
        places[place] = stream
        return place
    }

    private mutating func resize(_ size: Int) {
        let old = places
        places = [HTTP2Stream](repeating: HTTP2Stream(), count: size)
        for stream in old where stream.id != 0 { _ = put(stream) }
    }

    /// Every stream is found and counted; for tests.
    var invariants: Bool {
        var found = 0
        for place in places.indices where places[place].id != 0 {
            found += 1
            guard find(places[place].id) == place else { return false }
        }
        return found == count && count * 2 <= places.count
    }
}
