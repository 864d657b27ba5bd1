/** The faces of the app: which roles see which, where they start, and how their code is fetched. */
import type { Component } from 'svelte'

export type FaceName = 'inspector' | 'supervisor' | 'department' | 'firm' | 'admin'

export interface Face {
  name: FaceName
  /** All paths of the face begin so. */
  prefix: string
  /** The first screen. */
  home: string
  roles: readonly string[]
  load: () => Promise<{ default: Component }>
}

export const faces: readonly Face[] = [
  {
    name: 'inspector',
    prefix: '/i',
    home: '/i/today',
    roles: ['inspector'],
    load: () => import('../features/inspector/Face.svelte'),
  },
  {
    name: 'firm',
    prefix: '/f',
    home: '/f/items',
    roles: ['firm_handler', 'firm_manager'],
    load: () => import('../features/firm/Face.svelte'),
  },
  {
    name: 'supervisor',
    prefix: '/s',
    home: '/s/map',
    roles: ['supervisor', 'legal', 'observer'],
    load: () => import('../features/supervisor/Face.svelte'),
  },
  {
    name: 'department',
    prefix: '/s',
    home: '/s/transfers',
    roles: ['department'],
    load: () => import('../features/supervisor/Face.svelte'),
  },
  {
    name: 'admin',
    prefix: '/a',
    home: '/a/people',
    roles: ['administrator'],
    load: () => import('../features/admin/Face.svelte'),
  },
]

/** The faces open to a role, in the order of the table; none when nobody is signed in. */
export function facesOf(role: string | undefined): Face[] {
  return faces.filter((face) => role !== undefined && face.roles.includes(role))
}

/** The face of a path among `open` ones; null when the path belongs to none of them. */
export function faceAt(open: readonly Face[], path: string): Face | null {
  return open.find((face) => path === face.prefix || path.startsWith(`${face.prefix}/`)) ?? null
}
