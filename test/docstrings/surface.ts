/** What is public: every declaration that a user of the entry points can name, with its documentation. */
import ts from 'typescript'

/** A declaration with documentation of its own, or without. */
export interface Documented {
  /** Where it is, for people: `Socket.recv (2)` is its second overload. */
  name: string
  what: 'function' | 'method' | 'class' | 'type' | 'property' | 'constant'
  /** The type that it is a member of, if any. */
  owner?: Documented | undefined
  isProtected: boolean
  description: string
  params: ReadonlyMap<string, string>
  /** The parameters that it has, with their types as text. */
  takes: readonly { name: string; type: string }[]
  returns: string | undefined
  /** The type of its result or its value, as text. */
  type: string
  throws: readonly string[]
  see: readonly string[]
  /** Which of several overloads it is; 1 is the first. */
  overload: number
}

type Doc = Pick<Documented, 'description' | 'params' | 'returns' | 'throws' | 'see'>

const textOf = (comment: string | ts.NodeArray<ts.JSDocComment> | undefined): string =>
  (ts.getTextOfJSDocComment(comment) ?? '').replace(/\s+/g, ' ').trim()

/** The comment in front of a declaration. */
function docOf(node: ts.Node): Doc {
  const holder = ts.isVariableDeclaration(node) ? node.parent.parent : node
  const [doc] = ts.getJSDocCommentsAndTags(holder).filter(ts.isJSDoc).slice(-1)
  const params = new Map<string, string>()
  const throws: string[] = []
  const see: string[] = []
  let returns: string | undefined
  for (const tag of doc?.tags ?? []) {
    const text = textOf(tag.comment)
    if (ts.isJSDocParameterTag(tag)) params.set(tag.name.getText(), text)
    else if (ts.isJSDocReturnTag(tag)) returns = text
    else if (ts.isJSDocThrowsTag(tag)) throws.push(`${tag.typeExpression?.getText() ?? ''} ${text}`.trim())
    else if (ts.isJSDocSeeTag(tag)) see.push(`${tag.name?.getText() ?? ''}${text}`.trim())
  }
  return { description: textOf(doc?.comment), params, returns, throws, see }
}

type Callable = ts.SignatureDeclaration

const hasModifier = (node: ts.Node, modifier: ts.SyntaxKind): boolean =>
  (ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : []).some(({ kind }) => kind === modifier)

const isPrivate = (node: ts.Node): boolean =>
  hasModifier(node, ts.SyntaxKind.PrivateKeyword) ||
  (ts.isClassElement(node) && node.name !== undefined && ts.isPrivateIdentifier(node.name)) ||
  ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal')

/** Reads what the modules export. */
export class Surface {
  readonly #checker: ts.TypeChecker
  readonly #isOurs: (file: string) => boolean
  readonly #found = new Map<ts.Node, Documented>()
  readonly all: Documented[] = []

  constructor(program: ts.Program, entries: readonly string[], isOurs: (file: string) => boolean) {
    this.#checker = program.getTypeChecker()
    this.#isOurs = isOurs
    for (const entry of entries) {
      const file = program.getSourceFile(entry)
      const module = file && this.#checker.getSymbolAtLocation(file)
      if (module === undefined) throw new Error(`${entry} is no module`)
      for (const symbol of this.#checker.getExportsOfModule(module)) this.#export(symbol)
    }
  }

  #export(exported: ts.Symbol): void {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(exported) : exported
    const nodes = (symbol.declarations ?? []).filter((node) => this.#isOurs(node.getSourceFile().fileName))
    const functions = nodes.filter(ts.isFunctionDeclaration)
    this.#callables('function', exported.name, functions, undefined)
    for (const node of nodes) {
      if (ts.isClassDeclaration(node)) this.#members(this.#add('class', exported.name, node), node)
      else if (ts.isInterfaceDeclaration(node)) this.#members(this.#add('type', exported.name, node), node)
      else if (ts.isTypeAliasDeclaration(node)) {
        const owner = this.#add('type', exported.name, node)
        if (ts.isTypeLiteralNode(node.type)) this.#members(owner, node.type)
      } else if (ts.isVariableDeclaration(node)) this.#add('constant', exported.name, node)
    }
  }

  #members(owner: Documented | undefined, node: ts.ClassDeclaration | ts.InterfaceDeclaration | ts.TypeLiteralNode) {
    if (owner === undefined) return
    const methods = new Map<string, Callable[]>()
    for (const member of node.members) {
      if (isPrivate(member)) continue
      const name = `${owner.name}.${member.name?.getText() ?? 'constructor'}`
      if (ts.isPropertyDeclaration(member) || ts.isPropertySignature(member)) {
        const called = member.type && ts.isFunctionTypeNode(member.type) ? member.type : undefined
        this.#add('property', name, member, owner, called)
      } else if (ts.isGetAccessor(member)) this.#add('property', name, member, owner)
      else if (ts.isMethodDeclaration(member) || ts.isMethodSignature(member) || ts.isConstructorDeclaration(member)) {
        methods.set(name, [...(methods.get(name) ?? []), member])
      }
    }
    for (const [name, declarations] of methods) this.#callables('method', name, declarations, owner)
  }

  /** The overloads of a function; where there are some, its implementation is nobody's business. */
  #callables(what: 'function' | 'method', name: string, nodes: readonly Callable[], owner: Documented | undefined) {
    const hasBody = (node: Callable): boolean => 'body' in node && node.body !== undefined
    const overloads = nodes.length > 1 ? nodes.filter((node) => !hasBody(node)) : nodes
    const several = overloads.length > 1
    overloads.forEach((node, index) => {
      const added = this.#add(what, several ? `${name} (${index + 1})` : name, node, owner)
      if (added) added.overload = index + 1
    })
  }

  /** Whether a member without a comment has that of the class or interface above, as editors and the site show it. */
  #inherits(node: ts.Declaration): boolean {
    const { parent } = node
    const name = ts.isClassElement(node) && node.name ? this.#checker.getSymbolAtLocation(node.name)?.name : undefined
    if (name === undefined || !ts.isClassLike(parent) || ts.getJSDocCommentsAndTags(node).length > 0) return false
    return (parent.heritageClauses ?? [])
      .flatMap(({ types }) => types)
      .some((type) => this.#checker.getTypeAtLocation(type).getProperty(name) !== undefined)
  }

  #add(what: Documented['what'], name: string, node: ts.Declaration, owner?: Documented, called?: ts.FunctionTypeNode) {
    if (this.#found.has(node) || this.#inherits(node)) return undefined
    const callable = what === 'function' || what === 'method' ? (node as Callable) : called
    const signature = callable && this.#checker.getSignatureFromDeclaration(callable)
    const type = signature ? signature.getReturnType() : this.#checker.getTypeAtLocation(node)
    const flags = ts.TypeFormatFlags.NoTruncation
    const found: Documented = {
      name,
      what,
      owner,
      isProtected: hasModifier(node, ts.SyntaxKind.ProtectedKeyword),
      ...docOf(node),
      takes: (callable?.parameters ?? [])
        .filter((parameter) => parameter.name.getText() !== 'this')
        .map((parameter) => ({
          name: parameter.name.getText(),
          type: this.#checker.typeToString(this.#checker.getTypeAtLocation(parameter), undefined, flags),
        })),
      type: what === 'class' || what === 'type' ? '' : this.#checker.typeToString(type, undefined, flags),
      overload: 1,
    }
    this.#found.set(node, found)
    this.all.push(found)
    return found
  }
}
