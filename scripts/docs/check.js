/**
 * The check of the built site: every link of a page leads to a page and an anchor that there are, and nothing is loaded
 * from elsewhere.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'

/** Hosts that links of the site may lead to; no page loads anything from them. */
export const HOSTS = [
  'developer.mozilla.org',
  'www.typescriptlang.org',
  'nodejs.org',
  'keepachangelog.com',
  'semver.org',
  'docs.python.org',
  'www.rfc-editor.org',
  'man7.org',
]

/** What a browser loads by itself. */
const LOADS = /<(?:script|img|iframe|source|video|audio|embed)\b[^>]*?\ssrc="([^"]*)"|<link\b[^>]*?\shref="([^"]*)"/g
const LINKS = /<a\b[^>]*?\shref="([^"]*)"/g
const ANCHORS = /\s(?:id|name)="([^"]*)"/g

/** @param {string} text */
const unescaped = (text) => text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#x27;', "'")

/** Text without scripts, styles and comments, in which no tag is one. @param {string} html */
const markup = (html) => html.replace(/(<script\b[^>]*>)[\s\S]*?<\/script>/g, '$1').replace(/<!--[\s\S]*?-->/g, '')

/** @param {string} root @returns {string[]} */
const filesOf = (root) =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))

/**
 * What is wrong with a built site.
 * @param {string} root
 * @returns {{ pages: number, links: number, complaints: string[] }}
 */
export function checkSite(root) {
  const files = new Set(filesOf(root))
  const pages = [...files].filter((path) => path.endsWith('.html'))
  const texts = new Map(pages.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
  const anchors = new Map(
    [...texts].map(([path, text]) => [path, new Set([...text.matchAll(ANCHORS)].map(([, id = '']) => unescaped(id)))]),
  )
  /** @type {string[]} */
  const complaints = []
  let links = 0
  for (const [page, text] of texts) {
    /** @param {string} link @param {boolean} isLoaded */
    const check = (link, isLoaded) => {
      links++
      if (/^(data|mailto):/.test(link)) return
      if (/^(\w+:)?\/\//.test(link)) {
        const { protocol, host } = new URL(link, 'https://nowhere.invalid')
        if (isLoaded) complaints.push(`${page} loads ${link}`)
        else if (protocol !== 'https:' || !HOSTS.includes(host)) complaints.push(`${page} leads to ${link}`)
        return
      }
      const [path = '', anchor = ''] = link.split('#').map(decodeURIComponent)
      const target = path === '' ? page : normalize(join(dirname(page), path))
      if (target.startsWith('..') || !files.has(target)) complaints.push(`${page} leads to ${link}, which is not there`)
      else if (anchor !== '' && anchors.get(target)?.has(anchor) !== true) {
        complaints.push(`${page} leads to ${link}, which has no such anchor`)
      }
    }
    const tags = markup(text)
    for (const [, source, href] of tags.matchAll(LOADS)) check(unescaped(source ?? href ?? ''), true)
    for (const [, href = ''] of tags.matchAll(LINKS)) check(unescaped(href), false)
  }
  for (const path of files) {
    if (!/\.(css|js)$/.test(path)) continue
    const text = readFileSync(join(root, path), 'utf8')
    const loads = [
      ...text.matchAll(/@import\b[^;]*|url\((?!\s*['"]?(?:data:|#))[^)]*\)|\bimport\(|\bfetch\(\s*["'`]https?:/g),
    ]
    for (const [load] of loads) complaints.push(`${path} loads ${load.slice(0, 60)}`)
  }
  return { pages: pages.length, links, complaints }
}
