/** Pieces of HTML: text made safe, tables, and the little Markdown that bench/lib/method.js is written in. */

/** @param {string} text */
export function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** Text for the id of a heading. @param {string} text */
export function slug(text) {
  return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
}

/**
 * @param {string[][]} table the first row is the head
 * @param {{ caption: string, marked?: string[], className?: string }} options first cells of the rows to be seen at once
 */
export function tableOf([head = [], ...rows], { caption, marked = [], className = '' }) {
  const heads = head.map((cell) => `<th scope="col">${escaped(cell)}</th>`).join('')
  const lines = rows.map((row) => {
    const cells = head.map((_, i) => {
      const text = escaped(row[i] ?? '')
      return i === 0 ? `<th scope="row">${text}</th>` : `<td>${text}</td>`
    })
    return `<tr${marked.includes(row[0] ?? '') ? ' class="subject"' : ''}>${cells.join('')}</tr>`
  })
  return `<div class="wide"><table class="${className}"><caption>${escaped(caption)}</caption>
<thead><tr>${heads}</tr></thead><tbody>
${lines.join('\n')}
</tbody></table></div>`
}

/** @param {string} text */
export function inline(text) {
  return escaped(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')
}

/**
 * Headings of the second level, paragraphs, lists and fenced code.
 * @param {string} markdown
 */
export function prose(markdown) {
  // Fenced code may have empty lines in it.
  return markdown
    .split(/(^```[\s\S]*?^```$)|\n{2,}/m)
    .filter((block) => block !== undefined && block.trim() !== '')
    .map((block) => {
      const text = block.trim()
      if (text.startsWith('```')) {
        return `<pre tabindex="0"><code>${escaped(text.replaceAll(/^```\w*\n|\n?```$/g, ''))}</code></pre>`
      }
      if (text.startsWith('## ')) return `<h3>${inline(text.slice(3))}</h3>`
      if (text.startsWith('# ')) return ''
      if (!text.startsWith('- ')) return `<p>${inline(text)}</p>`
      return `<ul>${text
        .slice(2)
        .split('\n- ')
        .map((item) => `<li>${inline(item)}</li>`)
        .join('\n')}</ul>`
    })
    .join('\n')
}
