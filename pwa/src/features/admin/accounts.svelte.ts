/** All accounts within one's scope, page after page, and the acts on them. */
import { get, post, request, type ApiProblem, type NetworkError } from '../../remote'
import type { AreaDoc, UserDoc } from './model'

interface UsersPage {
  items: UserDoc[]
  next: string | null
}

let users = $state.raw<UserDoc[] | undefined>()
let error = $state.raw<ApiProblem | NetworkError | null>(null)

async function load(): Promise<void> {
  try {
    const all: UserDoc[] = []
    let cursor: string | null = null
    do {
      const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const page: UsersPage = await get<UsersPage>(`/users?limit=200${query}`)
      all.push(...page.items)
      cursor = page.next
    } while (cursor !== null)
    users = all
    error = null
  } catch (reason) {
    error = reason as ApiProblem | NetworkError
  }
}

export interface NewUser {
  username: string
  password: string
  display_name: string
  role: string
  organisation_id: string
  path: string | null
  firm_id: string | null
  phone: string | null
  valid_until: string | null
}

export const accounts = {
  get list(): UserDoc[] | undefined {
    return users
  },
  get error(): ApiProblem | NetworkError | null {
    return error
  },
  load,
  /** Rejects with ApiProblem or NetworkError. */
  async open(body: NewUser): Promise<UserDoc> {
    const made = await post<UserDoc>('/users', body)
    users = [...(users ?? []), made].sort((a, b) => a.username.localeCompare(b.username))
    return made
  },
  /** Only what is given is changed. Rejects with ApiProblem or NetworkError. */
  async change(id: string, body: Record<string, unknown>): Promise<UserDoc> {
    const { data } = await request<UserDoc>(`/users/${id}`, { method: 'PATCH', body })
    users = users?.map((user) => (user.id === id ? data : user))
    return data
  },
}

/** Areas within one's scope. */
export async function loadAreas(): Promise<AreaDoc[]> {
  return (await get<{ items: AreaDoc[] }>('/places/areas')).items
}
