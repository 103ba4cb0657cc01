/** Makes what TypeDoc reads of what the repository has: a folder of Markdown, with the place of each page in its head. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { subjects } from '../constants/kinds.js'
import { namesOf } from '../constants/names.js'
import { errnos, selectTable, table } from '../constants/table.js'
import { availability } from '../constants/typescript.js'
import { copied, guides, others } from './pages.js'

/** A page of the site: the file it comes from, and where it goes. @typedef {{ path: string, url: string, section: string, title: string, text: string }} Page */

/** @param {string} text */
const titleOf = (text) => (/^# (.*)$/m.exec(text)?.[1] ?? '').replaceAll('`', '')

/** Programs of a folder, those in folders of their own behind it. @param {string} folder @returns {string[]} */
function programsIn(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => Number(a.isDirectory()) - Number(b.isDirectory()) || (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`
      return entry.isDirectory() ? programsIn(path) : /\.(js|ts|py|c)$/.test(entry.name) ? [path] : []
    })
}

/** @returns {Page[]} */
function guidePages() {
  return guides.flatMap(([section, names]) =>
    names
      .map((name) => `docs/${name}.md`)
      .filter((path) => existsSync(path))
      .map((path) => {
        const text = readFileSync(path, 'utf8')
        return { path, url: `guides/${path.slice(5, -3)}`, section, title: titleOf(text), text }
      }),
  )
}

/** @returns {Page[]} */
function otherPages() {
  return others.map(({ path, ...place }) => {
    const text = readFileSync(path, 'utf8')
    return { path, ...place, text: path.endsWith('.md') ? text : `# ${place.title}\n\n\`\`\`text\n${text}\n\`\`\`\n` }
  })
}

/** @returns {Page[]} */
function examplePages() {
  const list = 'examples/README.md'
  const programs = programsIn('examples').map((path) => {
    const name = path.slice('examples/'.length)
    const language = /** @type {string} */ (name.split('.').pop())
    const text = `# ${name}\n\n\`\`\`\`${language}\n${readFileSync(path, 'utf8')}\`\`\`\`\n\nSee [all examples](${'../'.repeat(name.split('/').length - 1)}README.md).\n`
    return { path, url: `examples/${name.replace(/\.\w+$/, '')}`, section: 'Examples', title: name, text }
  })
  const text = readFileSync(list, 'utf8')
  return [{ path: list, url: 'examples/all', section: 'Examples', title: 'All examples', text }, ...programs]
}

/** A table of the constants of a kind, each with an anchor of its own. @param {string} kind @param {string} what @param {string} see */
function tableOf(kind, what, see) {
  const rows = namesOf([...table, ...selectTable, errnos])
    .filter((each) => each.kind === kind)
    .map((each) => `| <a id="${each.name}"></a>\`${each.name}\` | ${availability(each).slice(0, -1)} |`)
  const text = `${what}. See ${see}.`.replaceAll('<', '\\<')
  return [`## ${kind}`, '', text, '', '| name | where |', '| --- | --- |', ...rows, ''].join('\n')
}

/** @returns {Page[]} */
function constantPages() {
  return Object.entries(subjects).map(([name, { title, kinds }]) => {
    const from = name === 'select' ? 'berkeley/select' : 'berkeley'
    const parts = Object.entries(kinds).map(([kind, [what, see]]) => tableOf(kind, what, see))
    const intro = `Constants of \`${from}\`: plain numbers, under the names of the headers. What a platform's headers lack is \`undefined\` there, and says so in its type.`
    const text = [`# Constants: ${title}`, '', intro, '', ...parts].join('\n')
    return { path: `constants/${name}.md`, url: `constants/${name}`, section: 'Constants', title, text }
  })
}

/** Where the pages that are not Markdown go. @param {string} path */
const fileOf = (path) => (path.endsWith('.md') ? path : `${path}.md`)

/** The first program of a folder stands for it. @param {string} target @param {Page[]} pages */
const resolved = (target, pages) =>
  pages.find(({ path }) => path === target)?.path ?? pages.find(({ path }) => path.startsWith(`${target}/`))?.path

/** Code in a heading as text: TypeDoc leaves code out of the anchors that it makes. @param {string} text */
const plainHeadings = (text) => text.replace(/^#+ .*`.*$/gm, (heading) => heading.replaceAll('`', ''))

/**
 * Links between pages lead to the pages made of them; what the fences say to tests is left out.
 * @param {string} path @param {string} text @param {Page[]} pages
 */
export function rewritten(path, text, pages) {
  const parts = text.split(/^(```[\s\S]*?^```+$)/m)
  return parts
    .map((part, index) => {
      if (index % 2 === 1) return part.replace(/^(```+\w+) .*$/m, '$1')
      return plainHeadings(part).replace(/\]\((?!https?:)([^)\s#]+)(#[^)\s]+)?\)/g, (whole, link, anchor = '') => {
        const target = posix.join(posix.dirname(path), link)
        const page = resolved(target.replace(/\/$/, ''), pages)
        if (page !== undefined) return `](${posix.relative(posix.dirname(path), fileOf(page))}${anchor})`
        // The front page, and what no page is made of: the check of links says where that is wrong.
        return whole
      })
    })
    .join('')
}

/** @param {Page} page */
const withHead = ({ url, section, title, text }) =>
  `---\ntitle: ${JSON.stringify(title)}\nurl: ${JSON.stringify(url)}\nsection: ${JSON.stringify(section)}\n---\n\n${text}`

/**
 * Writes the folder anew.
 * @param {string} folder
 * @returns {{ readme: string, documents: string[], copied: typeof copied }} paths
 */
export function prepare(folder) {
  rmSync(folder, { recursive: true, force: true })
  const pages = [...guidePages(), ...examplePages(), ...constantPages(), ...otherPages()]
  /** @param {string} path @param {string} text */
  const write = (path, text) => {
    const place = join(folder, path)
    mkdirSync(dirname(place), { recursive: true })
    writeFileSync(place, text)
    return place
  }
  const readme = write('README.md', rewritten('README.md', readFileSync('README.md', 'utf8'), pages))
  const documents = pages.map((page) =>
    write(fileOf(page.path), withHead({ ...page, text: rewritten(page.path, page.text, pages) })),
  )
  return { readme, documents, copied: copied.filter(({ path }) => existsSync(path)) }
}
