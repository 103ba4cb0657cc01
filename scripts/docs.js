/**
 * Builds the documentation's site, `site/`: the guides, the examples and the API, with a search over all of it. It needs
 * no network, neither to be built nor to be read, and can be opened from the disk.
 *
 *     node scripts/docs.js
 *
 * A link that leads nowhere, a reference that TypeDoc cannot resolve and a type that is not exported are errors.
 */
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Application, LogLevel, TSConfigReader } from 'typedoc'
import { checkSite } from './docs/check.js'
import { entryPoints } from './docs/pages.js'
import { prepare } from './docs/prepare.js'
import { load } from './docs/theme.js'

const WORK = 'node_modules/.cache/docs'
const SITE = 'site'

const { readme, documents, copied } = prepare(WORK)
const app = await Application.bootstrap(
  {
    name: 'berkeley',
    entryPoints: Object.values(entryPoints),
    tsconfig: 'tsconfig.build.json',
    readme,
    projectDocuments: documents,
    sort: ['source-order'],
    includeVersion: true,
    excludeExternals: true,
    excludePrivate: true,
    excludeInternal: true,
    excludeReferences: true,
    disableGit: true,
    sourceLinkTemplate: '#{path}',
    customCss: 'scripts/docs/site.css',
    lightHighlightTheme: 'light-plus',
    darkHighlightTheme: 'dark-plus',
    highlightLanguages: ['js', 'ts', 'javascript', 'typescript', 'python', 'py', 'sh', 'c', 'json', 'text'],
    preservedTypeAnnotationTags: ['@throws'],
    searchInComments: true,
    searchInDocuments: true,
    navigationLinks: {},
    headings: { readme: false, document: false },
    hideGenerator: true,
    // Parts of types that nobody writes: what they make is documented where it is used.
    intentionallyNotExported: [
      'lib/address/types.ts:NameOf',
      'lib/address/types.ts:Forms',
      'lib/constant.ts:Flavor',
      'lib/generated/kinds.ts:LevelKind',
      'lib/generated/kinds.ts:OptionKind',
      'lib/generated/kinds.ts:ProtocolKind',
      'lib/options.ts:Table',
      'lib/options.ts:ValuesOf',
      'lib/selectors/default.ts:SelectorClass',
      'lib/socketserver/handler.ts:Handles',
      'lib/file/codec.ts:ErrorHandling',
      'lib/file/text-queue.ts:Newline',
      'lib/file/io.ts:Io',
      'lib/file/writes.ts:Write',
      'lib/duplex.ts:Done',
    ],
    validation: { invalidLink: true, invalidPath: true, notExported: true, notDocumented: false, rewrittenLink: true },
    treatWarningsAsErrors: true,
    logLevel: LogLevel.Info,
  },
  [new TSConfigReader()],
)
load(app)
app.options.setValue('router', 'berkeley')
app.options.setValue('theme', 'berkeley')

const project = await app.convert()
if (project === undefined) process.exit(1)
app.validate(project)
await app.generateDocs(project, SITE)
for (const { path, url } of copied) copyFileSync(path, join(SITE, url))
// From the disk a folder shows no page.
for (const path of readdirSync(SITE, { recursive: true, encoding: 'utf8' })) {
  if (!path.endsWith('.html')) continue
  const file = join(SITE, path)
  const text = readFileSync(file, 'utf8')
  const mended = text.replaceAll(/(<a href="(?:\.\.\/)+)(?=[#"])/g, '$1index.html')
  if (mended !== text) writeFileSync(file, mended)
}
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1

const { pages, links, complaints } = checkSite(SITE)
for (const complaint of complaints) console.error(complaint)
console.log(`${SITE}/: ${pages} pages, ${links} links`)
if (complaints.length > 0) process.exitCode = 1
