import { type QueryKey, useQuery } from '@tanstack/react-query'

export interface Read<Data> {
  readonly data: Data | undefined
  readonly error: unknown
  readonly retry: () => void
}

/** Reads one thing; `every` reads it again after so many milliseconds. */
export function useRead<Data>(
  key: QueryKey,
  read: (signal: AbortSignal) => Promise<Data>,
  { every, enabled = true }: { readonly every?: number; readonly enabled?: boolean } = {},
): Read<Data> {
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => read(signal),
    enabled,
    ...(every === undefined ? {} : { refetchInterval: every }),
  })
  return { data: query.data, error: query.error, retry: () => void query.refetch() }
}
