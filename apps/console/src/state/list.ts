import { type QueryKey, useInfiniteQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'

export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}

export interface List<Item> {
  readonly items: readonly Item[]
  /** Whether nothing has arrived yet. */
  readonly isLoading: boolean
  readonly isComplete: boolean
  readonly error: unknown
  readonly retry: () => void
  /** Asks for the next page. */
  readonly more: () => void
}

interface Options {
  /** Whether all pages are read, so that search and order cover everything. Otherwise `more` reads the next. */
  readonly whole?: boolean
  /** Reads the list again after so many milliseconds. */
  readonly every?: number
}

/** The most items that are held; a search covers these. */
export const mostItems = 20_000
export const pageSize = 200
/** A list of more pages is not read again by itself. */
const fewPages = 3
const calmMilliseconds = 20_000

interface InPages {
  readonly state: { readonly data?: { readonly pages: readonly unknown[] } | undefined }
}

const isShort = ({ state }: InPages): boolean => (state.data?.pages.length ?? 0) <= fewPages

/** A list in pages. */
export function useList<Item>(
  key: QueryKey,
  readPage: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>,
  { whole = true, every = calmMilliseconds }: Options = {},
): List<Item> {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => readPage(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchOnWindowFocus: (one) => (isShort(one) ? 'always' : false),
    refetchOnMount: (one) => (isShort(one) ? 'always' : true),
    refetchInterval: (one) => (isShort(one) ? every : false),
  })
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = query
  const items = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data])
  const goesOn = whole && hasNextPage && !isFetching && !isError && items.length < mostItems
  useEffect(() => {
    if (goesOn) void fetchNextPage()
  }, [goesOn, fetchNextPage])
  return {
    items,
    isLoading: query.isPending,
    isComplete: !hasNextPage,
    error: query.error,
    retry: () => void (items.length > 0 && hasNextPage ? fetchNextPage() : query.refetch()),
    more: () => {
      if (hasNextPage && !isFetching && !isError) void fetchNextPage()
    },
  }
}
