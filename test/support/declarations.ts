/** What the package declares: the names of each entry point, by kind, with the members of classes. */
import { resolve } from 'node:path'
import ts from 'typescript'

export type DeclaredKind = 'function' | 'class' | 'exception' | 'type' | 'value'

export interface Declared {
  readonly kind: DeclaredKind
  /** Of a class or an interface: the instance's, and the class's own. */
  readonly methods: ReadonlySet<string>
  readonly attributes: ReadonlySet<string>
}

/** The entry points of the package and the declarations of each. */
export const ENTRIES: Readonly<Record<string, string>> = {
  berkeley: 'dist/index.d.ts',
  'berkeley/select': 'dist/select.d.ts',
  'berkeley/selectors': 'dist/selectors.d.ts',
  'berkeley/socketserver': 'dist/socketserver.d.ts',
}

function kindOf(symbol: ts.Symbol, type: ts.Type): DeclaredKind {
  if (symbol.flags & ts.SymbolFlags.Class) {
    return type.getProperty('stack') === undefined ? 'class' : 'exception'
  }
  if (symbol.flags & ts.SymbolFlags.Function) return 'function'
  return symbol.flags & ts.SymbolFlags.Value ? 'value' : 'type'
}

/** Every name that an entry point exports. */
export function declarationsOf(entries: readonly string[]): Map<string, ReadonlyMap<string, Declared>> {
  const files = new Map(entries.map((entry) => [entry, resolve(ENTRIES[entry] as string)]))
  const program = ts.createProgram([...files.values()], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
    types: ['node'],
    skipLibCheck: true,
  })
  const checker = program.getTypeChecker()
  const declaredBy = (exported: ts.Symbol): Declared => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    const instance = checker.getDeclaredTypeOfSymbol(symbol)
    const isClass = (symbol.flags & ts.SymbolFlags.Class) !== 0
    const own =
      isClass && symbol.valueDeclaration ? checker.getTypeOfSymbolAtLocation(symbol, symbol.valueDeclaration) : null
    const properties = [...instance.getProperties(), ...(own?.getProperties() ?? [])]
    const isMethod = (property: ts.Symbol): boolean => (property.flags & ts.SymbolFlags.Method) !== 0
    return {
      kind: kindOf(symbol, instance),
      methods: new Set(properties.filter(isMethod).map(({ name }) => name)),
      attributes: new Set(properties.filter((property) => !isMethod(property)).map(({ name }) => name)),
    }
  }
  return new Map(
    [...files].map(([entry, file]) => {
      const source = program.getSourceFile(file)
      const module = source && checker.getSymbolAtLocation(source)
      const names = module ? checker.getExportsOfModule(module) : []
      return [entry, new Map(names.map((symbol) => [symbol.name, declaredBy(symbol)]))]
    }),
  )
}
