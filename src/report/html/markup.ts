/** Text as HTML shows it. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A table whose first column names its rows. Cells are HTML; those of a `prose` table may wrap. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  kind: 'figures' | 'prose' = 'figures',
): string {
  const heading = head.map((cell) => `<th scope="col">${cell}</th>`).join('');
  const body = rows
    .map(
      ([first, ...rest]) =>
        `<tr><th scope="row">${first}</th>${rest.map((cell) => `<td>${cell}</td>`).join('')}</tr>`,
    )
    .join('\n');
  return `<div class="scroll"><table class="${kind}"><thead><tr>${heading}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}
