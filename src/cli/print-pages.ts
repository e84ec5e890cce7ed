/** Prints a list page by page: lists of the API are bounded, what a person asked for is not. */
export const printPages = async <Item>(
  fetchPage: (page: number) => Promise<readonly Item[]>,
  print: (item: Item) => void,
): Promise<void> => {
  for (let page = 0; ; page++) {
    const items = await fetchPage(page)
    items.forEach(print)
    if (items.length < PAGE_SIZE) return
  }
}

/** The most that the API gives at once. */
export const PAGE_SIZE = 100
