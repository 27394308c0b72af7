/**
 * Reads a list to its end, page by page.
 *
 * @param list Reads the page after a position; `undefined`: the first page. `next` of a page is the position after it, and
 * `undefined` on the last page.
 */
export async function* pagesOf<Page extends { readonly next: string | undefined }>(
  list: (after: string | undefined) => Promise<Page>,
): AsyncGenerator<Page> {
  let after: string | undefined
  do {
    const page = await list(after)
    yield page
    after = page.next
  } while (after !== undefined)
}
