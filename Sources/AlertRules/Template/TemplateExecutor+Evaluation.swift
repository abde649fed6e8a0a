extension TemplateExecutor {
    // MARK: Pipelines

    mutating func evaluate(_ pipeline: TemplatePipeline, dot: TemplateValue) throws(TemplateError) -> TemplateValue {
        var value: TemplateValue?
        for command in pipeline.commands { value = try evaluate(command, dot: dot, final: value) }
        let result = value ?? .none
        for name in pipeline.variables {
            if pipeline.isAssignment { assign(name, result) } else { set(name, result) }
        }
        return result
    }

    private mutating func evaluate(
        _ command: TemplateCommand, dot: TemplateValue, final: TemplateValue?
    ) throws(TemplateError) -> TemplateValue {
        try countStep()
        let first = command.operands[0]
        let arguments = Array(command.operands.dropFirst())
        switch first.kind {
        case .identifier(let name):
            return try call(name, command, arguments, dot: dot, final: final)
        case .field(let names):
            return try fields(names, of: dot, first, arguments, dot: dot, final: final)
        case .variable(let name, let names) where !names.isEmpty:
            return try fields(names, of: variable(name), first, arguments, dot: dot, final: final)
        case .chain(let inner, let names):
            let receiver = try value(of: inner, dot: dot)
            return try fields(names, of: receiver, first, arguments, dot: dot, final: final)
        default:
            if !arguments.isEmpty || final != nil {
                throw failure(
                    "can't give argument to non-function \(first.description)", at: first.position, first.description)
            }
            if case .none = first.kind { throw failure("nil is not a command", at: first.position, "nil") }
            return try value(of: first, dot: dot)
        }
    }

    /// The value of an operand standing alone.
    private mutating func value(of operand: TemplateOperand, dot: TemplateValue) throws(TemplateError) -> TemplateValue
    {
        switch operand.kind {
        case .dot: return dot
        case .none: return .none
        case .bool(let value): return .bool(value)
        case .number(let number, _): return number.value
        case .string(let text, _): return .string(text)
        case .identifier(let name):
            let command = TemplateCommand(operands: [operand], position: operand.position)
            return try call(name, command, [], dot: dot, final: nil)
        case .field(let names): return try fields(names, of: dot, operand, [], dot: dot, final: nil)
        case .variable(let name, let names):
            return try fields(names, of: variable(name), operand, [], dot: dot, final: nil)
        case .chain(let inner, let names):
            let receiver = try value(of: inner, dot: dot)
            return try fields(names, of: receiver, operand, [], dot: dot, final: nil)
        case .pipeline(let pipeline): return try evaluate(pipeline, dot: dot)
        }
    }

    // MARK: Fields and methods

    private mutating func fields(
        _ names: [String], of receiver: TemplateValue, _ operand: TemplateOperand, _ arguments: [TemplateOperand],
        dot: TemplateValue, final: TemplateValue?
    ) throws(TemplateError) -> TemplateValue {
        if names.isEmpty { return receiver }
        var value = receiver
        for name in names.dropLast() { value = try field(name, of: value, operand, arguments: nil) }
        var evaluated: [TemplateValue]?
        if !arguments.isEmpty || final != nil {
            var list: [TemplateValue] = []
            for argument in arguments { list.append(try self.value(of: argument, dot: dot)) }
            if let final { list.append(final) }
            evaluated = list
        }
        return try field(names[names.count - 1], of: value, operand, arguments: evaluated)
    }

    private func field(
        _ name: String, of receiver: TemplateValue, _ operand: TemplateOperand, arguments: [TemplateValue]?
    ) throws(TemplateError) -> TemplateValue {
        if let result = TemplateMethods.call(name, on: receiver, arguments ?? []) { return result }
        let found: TemplateValue?
        switch receiver {
        case .record(_, let fields): found = fields.first { $0.name == name }?.value
        case .strings(let items): found = .string(items[name] ?? "")
        case .map(let items): found = items[name] ?? TemplateValue.none
        case .sample(let sample) where name == "Labels": found = .strings(sample.labels)
        case .sample(let sample) where name == "Value": found = .float(sample.value)
        case .none:
            throw failure(
                "nil data; no entry for key \(GoQuote.quoted(name))", at: operand.position, operand.description)
        default: found = nil
        }
        guard let found else {
            throw failure(
                "can't evaluate field \(name) in type \(receiver.typeName)", at: operand.position, operand.description)
        }
        if arguments != nil {
            throw failure(
                "\(name) has arguments but cannot be invoked as function", at: operand.position, operand.description)
        }
        return found
    }

    // MARK: Functions

    private mutating func call(
        _ name: String, _ command: TemplateCommand, _ arguments: [TemplateOperand], dot: TemplateValue,
        final: TemplateValue?
    ) throws(TemplateError) -> TemplateValue {
        let context = command.operands.count == 1 ? name : command.description
        guard let function = template.functions[name] else {
            throw failure("function \(GoQuote.quoted(name)) not defined", at: command.position, name)
        }
        let count = arguments.count + (final == nil ? 0 : 1)
        let fixed = function.parameters.count - (function.isVariadic ? 1 : 0)
        if function.isVariadic ? count < fixed : count != fixed {
            let wanted = function.isVariadic ? "at least \(fixed)" : "\(fixed)"
            throw failure(
                "wrong number of args for \(name): want \(wanted) got \(count)", at: command.position, name)
        }
        if name == "and" || name == "or" {
            return try shortCircuit(isAnd: name == "and", arguments, dot: dot, final: final)
        }
        var values: [TemplateValue] = []
        for (index, argument) in arguments.enumerated() {
            values.append(try self.argument(argument, as: function.parameter(at: index), dot: dot))
        }
        if let final {
            guard let converted = converted(final, to: function.parameter(at: arguments.count)) else {
                throw mismatch(final, function.parameter(at: arguments.count), at: command.position, name)
            }
            values.append(converted)
        }
        do {
            return try function.body(values, environment)
        } catch {
            throw failure("error calling \(name): \(error.message)", at: command.position, context)
        }
    }

    private mutating func shortCircuit(
        isAnd: Bool, _ arguments: [TemplateOperand], dot: TemplateValue, final: TemplateValue?
    ) throws(TemplateError) -> TemplateValue {
        var result = TemplateValue.none
        for argument in arguments {
            result = try value(of: argument, dot: dot)
            if result.isTrue != isAnd { return result }
        }
        return final ?? result
    }

    /// An argument, checked the way reflection does: constants by their form, the rest by their type.
    private mutating func argument(
        _ operand: TemplateOperand, as parameter: TemplateFunction.Parameter, dot: TemplateValue
    ) throws(TemplateError) -> TemplateValue {
        switch (operand.kind, parameter) {
        case (.number(let number, _), .float):
            if case .int(let whole) = number { return .float(Double(whole)) }
        case (.number, .string), (.bool, .string), (.string, .float), (.bool, .float):
            throw failure(
                "expected \(parameter == .string ? "string" : "float"); found \(operand.description)",
                at: operand.position, operand.description)
        case (.none, .string), (.none, .float):
            throw failure(
                "cannot assign nil to \(parameter.rawValue)", at: operand.position, operand.description)
        default: break
        }
        let value = try value(of: operand, dot: dot)
        guard let converted = converted(value, to: parameter) else {
            throw mismatch(value, parameter, at: operand.position, operand.description)
        }
        return converted
    }

    private func converted(_ value: TemplateValue, to parameter: TemplateFunction.Parameter) -> TemplateValue? {
        switch (parameter, value) {
        case (.any, _), (.string, .string), (.float, .float), (.sample, .sample), (.samples, .samples): value
        case (.string, .html(let text)): .string(text)
        case (.float, .int(let whole)): .float(Double(whole))
        default: nil
        }
    }

    private func mismatch(
        _ value: TemplateValue, _ parameter: TemplateFunction.Parameter, at position: Int, _ context: String
    ) -> TemplateError {
        if case .none = value {
            return failure("invalid value; expected \(parameter.rawValue)", at: position, context)
        }
        return failure(
            "wrong type for value; expected \(parameter.rawValue); got \(value.typeName)", at: position, context)
    }
}
