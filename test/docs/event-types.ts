// The event types of `src/events.ts` as the compiler sees them: what each means, its fields, and an example made of them.

import ts from 'typescript';
import { EXAMPLE_OF, EXAMPLE_VALUES } from './event-examples.js';

export interface Field {
  readonly name: string;
  readonly optional: boolean;
  /** `text`, `number`, the words that it may be… */
  readonly value: string;
  readonly meaning: string;
}

export interface EventType {
  readonly type: string;
  readonly meaning: string;
  /** Without `type` and `at`, which every event has. */
  readonly fields: readonly Field[];
  readonly example: Readonly<Record<string, unknown>>;
}

const SOURCE = 'src/events.ts';
const IN_EVERY_EVENT: ReadonlySet<string> = new Set(['type', 'at']);

/** One for each type. */
export const eventTypes = (): readonly EventType[] => {
  read ??= readEventTypes();
  return read;
};

let read: readonly EventType[] | undefined;

const readEventTypes = (): readonly EventType[] => {
  const program = ts.createProgram([SOURCE], {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    types: [],
  });
  return new Reader(program.getTypeChecker()).events(program);
};

class Reader {
  readonly #checker: ts.TypeChecker;

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  events(program: ts.Program): readonly EventType[] {
    const source = program.getSourceFile(SOURCE);
    const union = source?.statements.find(
      (one): one is ts.TypeAliasDeclaration => ts.isTypeAliasDeclaration(one) && one.name.text === 'LabcmEvent',
    );
    if (union === undefined) throw new Error(`${SOURCE} declares no LabcmEvent`);
    return membersOf(this.#checker.getTypeAtLocation(union)).flatMap((event) => this.#typesOf(event));
  }

  /** One interface may serve several types. */
  #typesOf(event: ts.Type): readonly EventType[] {
    const properties = event.getProperties();
    const type = properties.find(({ name }) => name === 'type');
    const fields = properties.filter(({ name }) => !IN_EVERY_EVENT.has(name));
    return type === undefined
      ? []
      : literalsOf(this.#checker.getTypeOfSymbol(type)).map((name) => ({
          type: name,
          meaning: this.#meaningOf(declared(event)),
          fields: fields.map((field) => this.#field(field)),
          example: {
            type: name,
            ...Object.fromEntries(
              fields.map((field) => [field.name, this.#exampleOf(field.name, this.#checker.getTypeOfSymbol(field))]),
            ),
            ...EXAMPLE_OF[name],
          },
        }));
  }

  #field(symbol: ts.Symbol): Field {
    const type = this.#checker.getTypeOfSymbol(symbol);
    const members = membersOf(type);
    return {
      name: symbol.name,
      optional: (symbol.flags & ts.SymbolFlags.Optional) !== 0 || members.some(isUndefined),
      value: this.#valueOf(type),
      meaning: this.#meaningOf(symbol),
    };
  }

  #meaningOf(symbol: ts.Symbol | undefined): string {
    return ts.displayPartsToString(symbol?.getDocumentationComment(this.#checker)).replace(/\s+/g, ' ');
  }

  #valueOf(type: ts.Type): string {
    const literals = literalsOf(type);
    if (literals.length > MANY) return `one of ${literals.length} words`;
    if (literals.length > 0) return literals.map((literal) => `\`${literal}\``).join(', ');
    const [member = type] = membersOf(type).filter((one) => !isUndefined(one));
    if ((member.flags & ts.TypeFlags.BooleanLike) !== 0) return 'true or false';
    if (hasFlag(member, ts.TypeFlags.NumberLike)) return 'number';
    if (hasFlag(member, ts.TypeFlags.StringLike)) return 'text';
    if (this.#checker.isArrayType(member) || this.#checker.isTupleType(member)) return 'list';
    return 'object';
  }

  #exampleOf(name: string, type: ts.Type): unknown {
    const [literal] = literalsOf(type);
    if (literal !== undefined) return literal;
    if (name in EXAMPLE_VALUES) return EXAMPLE_VALUES[name];
    const [member = type] = membersOf(type).filter((one) => !isUndefined(one));
    if ((member.flags & ts.TypeFlags.BooleanLike) !== 0) return false;
    if (hasFlag(member, ts.TypeFlags.NumberLike)) return 1;
    if (hasFlag(member, ts.TypeFlags.StringLike)) return '';
    if (this.#checker.isArrayType(member)) return [];
    return Object.fromEntries(
      member
        .getProperties()
        .filter(({ flags }) => (flags & ts.SymbolFlags.Optional) === 0)
        .map((inner) => [inner.name, this.#exampleOf(inner.name, this.#checker.getTypeOfSymbol(inner))]),
    );
  }
}

/** More words than these have a table of their own. */
const MANY = 12;

const membersOf = (type: ts.Type): readonly ts.Type[] => (type.isUnion() ? type.types : [type]);

const isUndefined = (type: ts.Type): boolean => (type.flags & ts.TypeFlags.Undefined) !== 0;

/** Sorted: the compiler's order depends on what it has seen before. */
const literalsOf = (type: ts.Type): readonly string[] =>
  membersOf(type)
    .flatMap((member) => (member.isStringLiteral() ? [member.value] : []))
    .sort();

/** A branded number is one as well. */
const hasFlag = (type: ts.Type, flag: ts.TypeFlags): boolean =>
  (type.flags & flag) !== 0 || (type.isIntersection() && type.types.some((part) => hasFlag(part, flag)));

/** The interface, where it was joined with what every event has. */
const declared = (type: ts.Type): ts.Symbol | undefined =>
  type.isIntersection() ? type.types.map(({ symbol }) => symbol).find((symbol) => symbol !== undefined) : type.symbol;
