/** Where pages are, what the sidebar shows, and what becomes of a thousand constants: TypeDoc's plugin of this site. */
import { Converter, DefaultTheme, KindRouter, ReflectionCategory, ReflectionKind, RendererEvent } from 'typedoc'
import { subjects } from '../constants/kinds.js'
import { categories, copied, entryPoints, guides } from './pages.js'

/** @import { Application, CommentDisplayPart, DeclarationReflection, DocumentReflection, NavigationElement, NormalizedPath, PageDefinition, ProjectReflection, Reflection, RouterTarget, SourceReference } from 'typedoc' */

/** The page of a kind of constants. */
const pageOfKind = new Map(
  Object.entries(subjects).flatMap(([page, { kinds }]) => Object.keys(kinds).map((kind) => [kind, page])),
)

/** The kind of a constant of the headers, of any other reflection nothing. @param {Reflection} reflection */
export function constantKind(reflection) {
  if (!reflection.isDeclaration() || reflection.kind !== ReflectionKind.Variable) return undefined
  const kind = /\bConstant<"(\w+)"/.exec(reflection.type?.toString() ?? '')?.[1]
  return kind === undefined ? undefined : /** @type {string} */ (kind)
}

/** @param {DeclarationReflection} reflection */
function categoryOf(reflection) {
  const place = (reflection.sources?.[0]?.fullFileName ?? '').replace(/^.*\/lib\//, '').replace(/\.ts$/, '')
  const found = categories.find(([, places]) =>
    places.some((each) => (each.endsWith('/') ? place.startsWith(each) : place === each)),
  )
  if (found === undefined) throw new Error(`scripts/docs/pages.js has no category for lib/${place}.ts`)
  return found[0]
}

/** Pages by kind; a document where its head says; a constant on the page of its kind. */
class Router extends KindRouter {
  /** @override @param {Reflection} reflection */
  getIdealBaseName(reflection) {
    if (reflection.isDocument()) return String(reflection.frontmatter.url)
    if (reflection.kind === ReflectionKind.Module) return `api/${reflection.name.replace('/', '-')}`
    return `api/${super.getIdealBaseName(reflection).replace('berkeley_', 'berkeley-')}`
  }

  /** @override @param {RouterTarget} target @param {PageDefinition[]} pages */
  buildChildPages(target, pages) {
    const kind = constantKind(/** @type {Reflection} */ (target))
    if (kind === undefined) return super.buildChildPages(target, pages)
    const { name } = target
    this.fullUrls.set(target, `constants/${pageOfKind.get(kind)}.html#${name}`)
    this.anchors.set(target, name)
  }

  /** From elsewhere to a constant, which is on no page of its parent's. @override @param {RouterTarget} from @param {RouterTarget} to */
  relativeUrl(from, to) {
    if (constantKind(/** @type {Reflection} */ (to)) === undefined) return super.relativeUrl(from, to)
    return this.baseRelativeUrl(from, this.getFullUrl(to))
  }
}

class Theme extends DefaultTheme {
  /** @override @param {ProjectReflection} project @returns {NavigationElement[]} */
  buildNavigation(project) {
    const documents = /** @type {DocumentReflection[]} */ (project.documents ?? [])
    /** @param {string} section @returns {NavigationElement} */
    const sectionOf = (section) => ({
      text: section,
      children: [
        ...documents
          .filter(({ frontmatter }) => frontmatter.section === section)
          .map((page) => ({ text: page.name, path: this.router.getFullUrl(page), kind: page.kind })),
        ...copied
          .filter((page) => page.section === section)
          .map(({ title, url }) => ({ text: title, path: url, kind: ReflectionKind.Document })),
      ],
    })
    const api = (project.children ?? []).map((module) => this.#moduleOf(module))
    const sections = guides.map(([section]) => sectionOf(section))
    const reference = { text: 'API', children: [...api, sectionOf('Constants')] }
    return [...sections.slice(0, -1), reference, sectionOf('Examples'), ...sections.slice(-1), sectionOf('Project')]
  }

  /** @param {DeclarationReflection} module @returns {NavigationElement} */
  #moduleOf(module) {
    return {
      text: module.name,
      path: this.router.getFullUrl(module),
      kind: module.kind,
      children: (module.categories ?? []).map(({ title, children }) => ({
        text: title,
        children: children.map((each) => ({
          text: each.name,
          path: this.router.getFullUrl(each),
          kind: each.kind,
          class: this.getReflectionClasses(each),
        })),
      })),
    }
  }
}

/** What one looks for goes before what it takes and gives. */
const ORDER = [ReflectionKind.Class, ReflectionKind.Function, ReflectionKind.Variable]

/** @param {Reflection} reflection */
function rankOf({ kind }) {
  const place = ORDER.indexOf(kind)
  return place < 0 ? ORDER.length : place
}

/** @param {string} name @param {Reflection | undefined} target @returns {CommentDisplayPart} */
const linkTo = (name, target) =>
  target ? { kind: 'inline-tag', tag: '@link', text: name, target } : { kind: 'code', text: `\`${name}\`` }

/** @param {Application} app */
export function load(app) {
  const names = new Map(Object.entries(entryPoints).map(([name, path]) => [path.replace(/^lib\/|\.ts$/g, ''), name]))
  app.renderer.defineRouter('berkeley', Router)
  app.renderer.defineTheme('berkeley', Theme)

  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      module.name = names.get(module.name) ?? module.name
    }
  })

  // What is thrown, which TypeDoc reads and leaves out: the class, as a link where it is one of ours.
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    const classes = new Map(project.getReflectionsByKind(ReflectionKind.Class).map((each) => [each.name, each]))
    for (const { comment } of Object.values(project.reflections)) {
      for (const tag of comment?.blockTags ?? []) {
        if (tag.tag !== '@throws' || tag.typeAnnotation === undefined) continue
        const thrown = tag.typeAnnotation.replace(/[{}]/g, '').split(/\s*\|\s*/)
        const names = thrown.flatMap((name, index) => [
          ...(index > 0 ? [/** @type {const} */ ({ kind: 'text', text: ', ' })] : []),
          linkTo(name, classes.get(name)),
        ])
        tag.content.unshift(...names, { kind: 'text', text: ' ' })
        delete tag.typeAnnotation
      }
    }
  })

  // Where a thing is in lib/, as text: the site is read without the sources.
  app.renderer.on(RendererEvent.BEGIN, ({ project }) => {
    for (const reflection of Object.values(project.reflections)) {
      const sources = 'sources' in reflection ? /** @type {SourceReference[]} */ (reflection.sources ?? []) : []
      for (const source of sources) {
        delete source.url
        source.fileName = /** @type {NormalizedPath} */ (`lib/${source.fileName}`)
      }
    }
  })

  // Constants keep their place in search and links, but not among the functions.
  app.renderer.on(RendererEvent.BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      const listed = (module.children ?? []).filter((each) => constantKind(each) === undefined)
      module.children = listed
      delete module.groups
      module.categories = categories
        .map(([title]) => new ReflectionCategory(title))
        .map((category) => {
          const members = listed.filter((each) => categoryOf(each) === category.title)
          category.children = members.sort(
            (one, other) => rankOf(one) - rankOf(other) || (one.name < other.name ? -1 : 1),
          )
          return category
        })
        .filter(({ children }) => children.length > 0)
    }
  })
}
